"""The committed demonstration model: made from these sources, whole, and consistent in itself."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

SOURCES = Path(__file__).parents[2] / "build" / "tiny_model"
MODEL = SOURCES / "ashao-tiny-q0f32"
MOST_WEIGHTS = 4 * 2**20  # bytes
END_ID = 0


def read_json(name: str) -> Any:
    """One of the model's JSON files."""
    return json.loads((MODEL / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The model's tokenizer, as WebLLM reads it."""
    return Tokenizer.from_file(str(MODEL / "tokenizer.json"))


@pytest.fixture(scope="module")
def answer() -> str:
    """The text that the model recites."""
    return (MODEL / "answer.txt").read_text(encoding="utf-8")


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """The text's tokens."""
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def test_the_artifacts_were_made_from_these_sources() -> None:
    check = subprocess.run(
        [sys.executable, SOURCES / "build.py", "--check"], capture_output=True, text=True
    )
    assert check.returncode == 0, check.stderr


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    copy = tmp_path / "tiny_model"
    artifacts = copy / MODEL.name
    artifacts.mkdir(parents=True)
    for source in ("build.py", "sources.py", "recitation.py"):
        (copy / source).write_bytes((SOURCES / source).read_bytes())
    (artifacts / "sources.json").write_bytes((MODEL / "sources.json").read_bytes())
    check = subprocess.run(
        [sys.executable, copy / "build.py", "--check"], capture_output=True, text=True
    )
    assert check.returncode == 1
    assert "made from other sources" in check.stderr


def test_every_file_that_webllm_fetches_is_there() -> None:
    config = read_json("mlc-chat-config.json")
    shards = [shard["dataPath"] for shard in read_json("tensor-cache.json")["records"]]
    for name in [*config["tokenizer_files"], *shards]:
        assert (MODEL / name).is_file()
    assert (MODEL / f"{MODEL.name}.wasm").read_bytes()[:4] == b"\0asm"


def test_the_weights_are_small_and_lie_where_the_index_says() -> None:
    index = read_json("tensor-cache.json")
    for shard in index["records"]:
        stored = (MODEL / shard["dataPath"]).read_bytes()
        assert len(stored) == shard["nbytes"]
        assert hashlib.md5(stored).hexdigest() == shard["md5sum"]
        at = 0
        for weight in shard["records"]:
            assert weight["byteOffset"] == at
            numbers = 1
            for size in weight["shape"]:
                numbers *= size
            assert weight["nbytes"] == 4 * numbers
            at += weight["nbytes"]
        assert at == len(stored)
    assert index["metadata"]["ParamBytes"] == sum(s["nbytes"] for s in index["records"])
    assert index["metadata"]["ParamBytes"] <= MOST_WEIGHTS


def test_the_library_expects_the_weights_that_are_there() -> None:
    library = (MODEL / f"{MODEL.name}.wasm").read_bytes()
    for shard in read_json("tensor-cache.json")["records"]:
        for weight in shard["records"]:
            assert weight["name"].encode() in library


def test_configuration_and_tokenizer_agree(tokenizer: Tokenizer) -> None:
    config = read_json("mlc-chat-config.json")
    template = config["conv_template"]
    assert config["vocab_size"] == tokenizer.get_vocab_size()
    assert template["stop_token_ids"] == [END_ID] == [tokenizer.token_to_id("<|end|>")]
    for mark in template["roles"].values():
        assert len(encode(tokenizer, mark)) == 1


def test_the_answer_encodes_and_decodes_to_itself(tokenizer: Tokenizer, answer: str) -> None:
    tokens = encode(tokenizer, answer)
    assert tokenizer.decode(tokens) == answer
    assert 110 <= len(tokens) <= 140
    assert any(ord(sign) > 0xFFFF for sign in answer)


def test_a_character_may_be_several_tokens_of_the_answer(tokenizer: Tokenizer, answer: str) -> None:
    emoji = next(sign for sign in answer if ord(sign) > 0xFFFF)
    assert len(encode(tokenizer, emoji)) == 4


def test_an_answer_cut_anywhere_encodes_to_its_own_tokens_and_one_beginning(
    tokenizer: Tokenizer, answer: str
) -> None:
    """What makes exact continuation learnable: a cut never changes the tokens well before it."""
    whole = encode(tokenizer, answer)
    for at in range(len(answer) + 1):
        kept = encode(tokenizer, answer[:at])[:-1]
        assert kept == whole[: len(kept)]
