"""Starts `beleg` processes that need not import the heavy libraries again: each is forked from this one, which has.

Importing them takes seconds of CPU time, more than most commands take afterwards, and the tests start many commands. Each
process is new as far as Beleg goes: none of Beleg's own modules is loaded before the fork, and arguments, environment,
folder and standard streams are those asked for. `tests.shell.beleg` starts this script and talks to it over a socket.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys

# What `beleg ask` and `beleg eval` import that is not Beleg's, as far as it reads no variable a test sets.
LIBRARIES = (
    "faiss",
    "fastapi",
    "ir_measures",
    "pydantic",
    "scipy.stats",
    "sentence_transformers",
    "transformers.models.bert.modeling_bert",
    "transformers.models.xlm_roberta.tokenization_xlm_roberta",
)


def wait_for_commands(connection: socket.socket) -> None:
    """Fork for each command, and answer with its exit status; returns in the forked process only."""
    while True:
        message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 2)
        if not message:
            sys.exit()
        out, err = streams
        asked = json.loads(message)
        if (child := os.fork()) == 0:
            connection.close()
            os.dup2(out, 1)
            os.dup2(err, 2)
            os.chdir(asked["folder"])
            os.environ.clear()
            os.environ.update(asked["environment"])
            sys.argv = asked["command"]
            return
        os.close(out)
        os.close(err)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.send(json.dumps(status).encode())


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    # What is loaded stays as it is, so the forked processes share its memory.
    gc.freeze()
    wait_for_commands(socket.socket(fileno=int(sys.argv[1])))
    from ui.cli.main import main

    sys.exit(main())
