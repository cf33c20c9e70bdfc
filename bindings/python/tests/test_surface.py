"""The names, signatures and fields of seed 2 and of release 0.1.1."""

import dataclasses
import importlib
import inspect
import json
import re
import zlib
from importlib.metadata import distribution
from pathlib import Path

import pytest
import reeeductio

RECORDED = Path(__file__).resolve().parents[3] / "spec" / "vectors" / "sdk_api.json"
MODULES = json.loads(RECORDED.read_text())["python_modules"]


def written(annotation) -> str:
    """An annotation as it is written in the recording."""
    if annotation is inspect.Parameter.empty:
        return ""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    # A dict is taken, and more.
    text = text.replace("RightsLike", "dict")
    return re.sub(r"\b(?:reeeductio\.\w+|typing|collections\.abc|pathlib|websockets[\w.]*)\.", "", text)


def ours(function) -> list[str]:
    """Our parameters as they are written in the recording."""
    found = []
    for each in inspect.signature(function).parameters.values():
        # By its name only: programs for 0.1.1 do not see it.
        if each.name == "network" and each.kind is each.KEYWORD_ONLY:
            continue
        annotation = written(each.annotation)
        text = f"{each.name}: {annotation}" if annotation else each.name
        found.append(text if each.default is each.empty else f"{text} = {each.default}")
    return found


def theirs(signature: str) -> list[str]:
    inside = re.sub(r"\)( -> .*)?$", "", signature.split("(", 1)[1])
    inside = inside.replace("crypto.Ed25519KeyPair", "Ed25519KeyPair")
    return [each.strip() for each in inside.split(", ")] if inside else []


def returned(signature: str) -> str:
    text = signature.partition(" -> ")[2]
    return text.replace("crypto.", "")


def check(function, signature: str, *, adds: bool = False) -> None:
    """Compare a function with a recorded signature. Only parameters with a default may be added, at the end."""
    mine, recorded = ours(function), theirs(signature)
    if (mine and mine[0] == "cls") or (recorded and recorded[0] == "cls"):
        recorded = recorded[1:]
    assert mine[: len(recorded)] == recorded
    assert all(" = " in each for each in mine[len(recorded) :])
    assert adds or len(mine) == len(recorded)
    expected = returned(signature)
    found = written(inspect.signature(function).return_annotation)
    if expected and not signature.startswith("async (self, include") and "AsyncIterator" not in expected:
        assert found in {expected, f"{expected}"} or (expected == "bytes" and found == "NoReturn"), found
    awaited = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    # An asynchronous iterator, as a generator is.
    awaited = awaited or written(inspect.signature(function).return_annotation).startswith("AsyncStream")
    assert awaited == signature.startswith("async ")


def functions() -> list[tuple[str, str, str]]:
    return [
        (module, name, signature)
        for module, names in MODULES.items()
        for name, signature in names.items()
        if isinstance(signature, str) and "(" in signature
    ]


def classes() -> list[tuple[str, str]]:
    return [(module, name) for module, names in MODULES.items() for name, it in names.items() if isinstance(it, dict)]


def methods() -> list[tuple[str, str, str, str]]:
    return [
        (module, name, method, signature)
        for module, name in classes()
        for method, signature in MODULES[module][name].get("methods", {}).items()
    ]


def find(module: str, name: str):
    return getattr(importlib.import_module(f"reeeductio.{module}"), name)


@pytest.mark.parametrize(("module", "name", "signature"), functions(), ids=str)
def test_a_function_of_0_1_1_is_there(module, name, signature):
    check(find(module, name), signature)


@pytest.mark.parametrize(("module", "name", "method", "signature"), methods(), ids=str)
def test_a_method_of_0_1_1_is_there(module, name, method, signature):
    there = inspect.getattr_static(find(module, name), method)
    if signature == "property":
        assert isinstance(there, property)
    else:
        # Tools and roles end at a time, which 0.1.1 could not say.
        adds = method in {"create_tool", "assign_role_to_user", "create_invitation"}
        check(getattr(find(module, name), method), signature.removeprefix("classmethod "), adds=adds)


@pytest.mark.parametrize(("module", "name"), classes(), ids=str)
def test_a_class_of_0_1_1_is_there(module, name):
    recorded, there = MODULES[module][name], find(module, name)
    for base in recorded["bases"]:
        assert base in {each.__name__ for each in there.__mro__}
    if "init" in recorded:
        check(there.__init__, recorded["init"])
    for member, value in recorded.get("members", {}).items():
        assert there[member] == value
    if "fields" in recorded:
        made = [each.split(":")[0] for each in recorded["fields"]]
        if dataclasses.is_dataclass(there):
            fields = dataclasses.fields(there)
            assert [each.name for each in fields][: len(made)] == made
            types = [re.split(r": | = ", each)[1] for each in recorded["fields"]]
            assert [re.sub(r"<class '(\w+)'>", r"\1", each) for each in types] == [
                written(each.type) for each in fields[: len(made)]
            ]
            required = [each for each in fields if each.default is each.default_factory is dataclasses.MISSING]
            assert len(required) == sum(" = default" not in each for each in recorded["fields"])
        else:
            assert list(there._fields) == made


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [(m, n, v) for m, names in MODULES.items() for n, v in names.items() if isinstance(v, str) and "(" not in v],
)
def test_a_constant_of_0_1_1_is_there(module, name, value):
    assert repr(find(module, name)) == value


def test_everything_public_has_documentation():
    for name in reeeductio.__all__:
        thing = getattr(reeeductio, name)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert thing.__doc__, name
        for method, function in inspect.getmembers(thing, inspect.isfunction):
            if not method.startswith("_") and "reeeductio" in function.__module__:
                assert function.__doc__, f"{name}.{method}"


def test_both_handles_have_the_same_methods():
    from reeeductio import AsyncSpace, Space

    def public(kind):
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Space) - public(AsyncSpace) == {"client"}
    assert public(AsyncSpace) - public(Space) == {"connect", "get_client", "stream"}
    for name in public(Space) & public(AsyncSpace):
        one, other = getattr(Space, name), getattr(AsyncSpace, name)
        if inspect.isfunction(one):
            assert ours(one) == ours(other), name


def test_the_wheel_is_for_every_python_from_3_11():
    there = distribution("reeeductio")
    assert "cp311-abi3" in there.read_text("WHEEL")
    assert there.metadata["Requires-Python"] == ">=3.11"
    assert any(str(file).endswith("py.typed") for file in there.files)
    assert any(str(file).endswith("_native.pyi") for file in there.files)


def test_doctests():
    import doctest

    from reeeductio import crypto, local_store

    for module in (crypto, local_store):
        failed, ran = doctest.testmod(module)
        assert ran > 0
        assert failed == 0


def test_the_wheel_is_small():
    """Under 12 MB as pip fetches it, compressed."""
    compiled = next(file for file in distribution("reeeductio").files if file.name.startswith("_native.abi3"))
    assert len(zlib.compress(compiled.locate().read_bytes())) < 12_000_000
