"""Settings files: what is written is read, and what is wrong in one is named."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from index import IndexSettings
from index.errors import SettingsError
from rag import Assistant, Settings
from rag.settings import Calibration, FusionWeights, read_settings, settings_from_dict, write_settings

QUESTION = "Wann trafen sich Yoon und Kishida zuletzt?"


def written(path: Path, settings: object, **others: object) -> Path:
    path.write_text(json.dumps({"format": "beleg-settings/1", "settings": settings, **others}), encoding="utf-8")
    return path


def test_settings_come_back_and_the_file_has_what_differs(tmp_path: Path) -> None:
    settings = Settings(
        index=IndexSettings(passage_tokens=128),
        foreign_fusion=replace(Settings().foreign_fusion, numbers=2.0),
        calibration=Calibration(0.7, -0.25),
        reader="embedding",
        sure=0.5,
        answer_bar=0.123456789012345,
        max_citations=1,
    )
    path = tmp_path / "new" / "settings.json"
    write_settings(settings, path, {"questions": 12})
    assert read_settings(path) == settings
    assert json.loads(path.read_text()) == {
        "format": "beleg-settings/1",
        "note": {"questions": 12},
        "settings": {
            "index": {"passage_tokens": 128},
            "foreign_fusion": {"numbers": 2.0},
            "calibration": {"slope": 0.7, "offset": -0.25},
            "reader": "embedding",
            "sure": 0.5,
            "answer_bar": 0.123456789012345,
            "max_citations": 1,
        },
    }
    write_settings(Settings(), path, {})
    assert read_settings(path) == Settings()
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"], "nothing is left beside it"


def test_every_field_can_stand_in_a_file(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path / "all.json", asdict(Settings()))) == Settings()
    assert settings_from_dict(asdict(Settings()), tmp_path) == Settings()
    # A whole number is a number too.
    assert read_settings(written(tmp_path / "one.json", {"fusion": {"sentence": 1}})).fusion == FusionWeights(1.0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"answer_barr": 0.5}, "unknown field 'answer_barr'. Expected one of index, fusion"),
        ({"fusion": {"stem": 1}}, "unknown field 'fusion.stem'. Expected one of sentence, context"),
        ({"answer_bar": "0.5"}, 'answer_bar is "0.5". Expected a number'),
        ({"answer_bar": None}, "answer_bar is null. Expected a number"),
        ({"answer_bar": 1.2}, "answer_bar is 1.2. Expected a number from 0 to 1"),
        ({"calibration": {"slope": 0}}, "calibration.slope is 0. Expected a number of at least 1e-06"),
        ({"calibration": {"offset": float("nan")}}, "calibration.offset is NaN. Expected a finite number"),
        ({"calibration": {"offset": 10**400}}, "Expected a finite number"),
        ({"calibration": [1, 0]}, "calibration is [1, 0]. Expected a JSON object"),
        ({"max_citations": 0}, "max_citations is 0. Expected a whole number of at least 1"),
        ({"max_citations": 2.0}, "max_citations is 2.0. Expected a whole number"),
        ({"max_citations": True}, "max_citations is true. Expected a whole number"),
        ({"index": {"overlap_tokens": 300}}, "overlap_tokens is 300. Expected less than index.passage_tokens"),
        ({"reader": "bert"}, 'reader is "bert". Expected "trained" or "embedding"'),
        ({"reader": "Embedding"}, 'reader is "Embedding". Expected "trained" or "embedding"'),
        ({"reader": None}, 'reader is null. Expected "trained" or "embedding"'),
        ({"reader": ["trained"]}, 'reader is ["trained"]. Expected "trained" or "embedding"'),
        ({"sure": 1.5}, "sure is 1.5. Expected a number from 0 to 1"),
        ({"read_passages": 0}, "read_passages is 0. Expected a whole number of at least 1"),
        ([], "settings is []. Expected a JSON object"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_expected(tmp_path: Path, settings: object, said: str) -> None:
    path = written(tmp_path / "wrong.json", settings)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert str(path) in str(caught.value) and said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "is not JSON: Expecting property name"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", 'is []. Expected a JSON object with "format": "beleg-settings/1"'),
        (b"{}", "has the format None"),
        (b'{"format": "beleg-report/1"}', "has the format 'beleg-report/1'"),
        (b'{"format": "beleg-settings/1", "answer_bar": 1}', "unknown field 'answer_bar'. Expected format, note"),
        (b'{"format": "beleg-settings/1", "settings": {"answer_bar": 1, "answer_bar": 0}}', "'answer_bar' twice"),
    ],
)
def test_a_file_that_is_no_settings_file_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "settings.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('{\n"index": {"ngram": 4},\n"answer_bar": "0.5"}', 'line 4: answer_bar is "0.5"'),
        (
            '{\n"fusion": {"numbers": 1},\n"foreign_fusion": {\n"numbers": NaN}}',
            "line 5: foreign_fusion.numbers is NaN",
        ),
        ('{\n"sure": 0.9,\n"sure": 1}', "line 4: has the field 'sure' twice"),
        ('{\n"anser_bar": 0.5}', "line 3: has the unknown field 'anser_bar'"),
        ('{\n"anser_bar": 0.5}', "The closest is answer_bar."),
        ('{\n"calibration": {"slop": 1}}', "The closest is slope."),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_closest_name(tmp_path: Path, settings: str, said: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(f'{{"format": "beleg-settings/1",\n"settings": {settings}}}')
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert said in str(caught.value) and caught.value.code and "\n" not in str(caught.value)


def test_settings_made_in_python_are_checked_too() -> None:
    for wrong in ({"answer_bar": 45}, {"max_citations": 0}, {"reader": "bert"}, {"answer_barr": 0.5}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Settings(**wrong)


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("kept")
    with pytest.raises(SettingsError, match="cannot write .*settings.json"):
        write_settings(Settings(), tmp_path / "taken" / "settings.json", {})
    (tmp_path / "folder").mkdir()
    with pytest.raises(SettingsError, match="it is a folder"):
        write_settings(Settings(), tmp_path / "folder", {})
    assert (tmp_path / "taken").read_text() == "kept" and len(list(tmp_path.iterdir())) == 2


def test_a_calibration_corrects_confidences_and_nothing_else(assistant: Assistant) -> None:
    calibration = Calibration(0.5, 0.3)
    settings = replace(assistant.settings, calibration=calibration, answer_bar=0.0, further_bar=0.0)
    corrected = Assistant.open(settings=settings)
    plain = Assistant.open(settings=replace(settings, calibration=Calibration()))
    for question in (QUESTION, "Was sagte Kishida?", "When did they meet?", "Wie backt man Brot?"):
        before, after = plain.ask(question), corrected.ask(question)
        assert after.citations == before.citations and after.text == before.text
        assert after.confidence == calibration.apply(before.confidence) != before.confidence
        assert 0 < after.confidence < 1


def test_a_calibration_keeps_the_order_and_the_ends() -> None:
    values = [0.0, 1e-38, 1e-7, 0.2, 0.5, 0.9, 1 - 6e-8, 1.0]
    for calibration in (Calibration(1.9, -3), Calibration(0.01, 5), Calibration(2, 0)):
        applied = [calibration.apply(value) for value in values]
        assert applied == sorted(set(applied)) and applied[0] == 0 and applied[-1] == 1
    assert [Calibration().apply(value) for value in values] == values
    assert Calibration(1.0, 1.0).apply(0.5) == pytest.approx(0.7310586)
    assert Calibration(1e9, 0).apply(1e-38) == 0
    for slope in (0.0, -1.0):
        with pytest.raises(ValueError, match="greater than or equal to 0.000001"):
            Calibration(slope)
    for slope, offset in ((float("inf"), 0.0), (1.0, float("nan"))):
        with pytest.raises(ValueError, match="finite number"):
            Calibration(slope, offset)


def test_settings_for_another_index_are_refused(assistant: Assistant, tmp_path: Path) -> None:
    assistant.save(tmp_path / "index")
    for settings in (None, Settings(), Settings(answer_bar=0.2)):
        assert Assistant.from_index(tmp_path / "index", settings=settings).settings.index == IndexSettings()
    with pytest.raises(SettingsError, match=r"index\.passage_tokens 128, .* was made with 256\. .*--settings"):
        Assistant.from_index(tmp_path / "index", settings=Settings(index=IndexSettings(passage_tokens=128)))
