"""GitHub's own description of its API, and how an answer is held against it.

REST: the OpenAPI description. It is of version 3.0, whose `nullable` no JSON
Schema knows, so it is rewritten first. GraphQL: the schema, through graphql-core.
`scripts/fetch_descriptions.py` brings both.
"""

import datetime
import functools
import json
import os
import pathlib
import re
import urllib.parse

import graphql
import jsonschema
import referencing
import referencing.jsonschema

HERE = "urn:github"
DEFAULT = pathlib.Path(__file__).parents[2] / "target" / "conformance-descriptions"
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

formats = jsonschema.FormatChecker(formats=())


@formats.checks("date-time")
def is_date_time(value):
    """Whole seconds and a Z, as GitHub writes them."""
    return not isinstance(value, str) or UTC.fullmatch(value) is not None


@formats.checks("uri", raises=ValueError)
def is_uri(value):
    if not isinstance(value, str):
        return True
    parts = urllib.parse.urlsplit(value)
    return bool(parts.scheme and parts.netloc) and not set(value) & set(' "<>{}|\\^`')


def folder():
    return pathlib.Path(os.environ.get("GITHUB_DESCRIPTIONS", DEFAULT))


@functools.cache
def description():
    return without_nullable(json.loads((folder() / "api.github.com.json").read_text()))


@functools.cache
def schema():
    return graphql.build_schema((folder() / "schema.graphql").read_text(), assume_valid=True)


def without_nullable(value):
    """The same description in the words of JSON Schema."""
    if isinstance(value, list):
        return [without_nullable(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: without_nullable(item) for name, item in value.items() if name not in ("example", "examples")}
    if made.pop("nullable", False) is not True:
        return made
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        return made
    return {"anyOf": [made, {"type": "null"}]}


@functools.cache
def registry():
    resource = referencing.Resource(contents=description(), specification=referencing.jsonschema.DRAFT202012)
    return referencing.Registry().with_resource(HERE, resource)


def resolved(value):
    while "$ref" in value:
        for part in value["$ref"].removeprefix("#/").split("/"):
            value = description()[part] if part in ("components", "paths") else value_at(value, part)
    return value


def value_at(value, part):
    return value[part.replace("~1", "/").replace("~0", "~")]


def operations():
    """Every operation: method and path."""
    methods = {"get", "post", "put", "patch", "delete"}
    return {(method.upper(), path) for path, item in description()["paths"].items() for method in item if method in methods}


def pointer(*parts):
    return "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


@functools.cache
def validator(method, path, status, kind):
    """What holds an answer against the description; None where it has no body."""
    at = ["paths", path, method.lower(), "responses", str(status)]
    found = description()
    for part in at:
        if part not in found:
            raise AssertionError(f"GitHub's description has no answer {status} of {method} {path}")
        found = found[part]
    if "$ref" in found:
        at = found["$ref"].removeprefix("#/").split("/")
        found = functools.reduce(lambda value, part: value[part], at, description())
    contents = found.get("content", {})
    kind = kind if kind in contents else next((known for known in contents if "json" in known), None)
    if kind is None or "schema" not in contents[kind]:
        return None
    reference = {"$ref": HERE + pointer(*at, "content", kind, "schema")}
    return jsonschema.Draft202012Validator(reference, registry=registry(), format_checker=formats)


def problems(method, path, status, body, kind="application/json"):
    """What of an answer the description does not allow."""
    checker = validator(method, path, status, kind)
    if checker is None:
        return [] if body in (None, "") else [f"{method} {path} {status}: a body where there is none: {str(body)[:100]}"]
    errors = sorted(checker.iter_errors(body), key=lambda error: list(map(str, error.absolute_path)))
    return [f"{method} {path} {status}: {told(error)}" for error in errors[:8]]


def told(error):
    """The innermost reason of an error."""
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def query_problems(query):
    """What of a query GitHub's schema does not allow."""
    return [error.message for error in graphql.validate(schema(), graphql.parse(query))]


def answer_problems(query, data):
    """What of the data of a query or a mutation is not of the type that the schema gives it."""
    document = graphql.parse(query)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, graphql.FragmentDefinitionNode)}
    operation = next(d for d in document.definitions if isinstance(d, graphql.OperationDefinitionNode))
    found = []
    root = schema().mutation_type if operation.operation is graphql.OperationType.MUTATION else schema().query_type
    check_object(root, operation.selection_set, data, "", fragments, found)
    return found


def check_object(kind, selections, data, path, fragments, found):
    if graphql.is_abstract_type(kind):
        # Without its name nothing is known of it but what its interface says.
        named = data.get("__typename")
        kind = schema().type_map[named] if named else kind
    for selection in selections.selections:
        if isinstance(selection, graphql.FieldNode):
            name = selection.name.value
            key = selection.alias.value if selection.alias else name
            if name == "__typename":
                continue
            if key not in data:
                found.append(f"{path}.{key} is missing")
            else:
                check(kind.fields[name].type, selection.selection_set, data[key], f"{path}.{key}", fragments, found)
        else:
            spread = fragments[selection.name.value] if isinstance(selection, graphql.FragmentSpreadNode) else selection
            about = schema().type_map[spread.type_condition.name.value] if spread.type_condition else kind
            same = about is kind or (graphql.is_abstract_type(about) and schema().is_sub_type(about, kind))
            if same or (graphql.is_abstract_type(kind) and set(named_fields(spread.selection_set)) <= data.keys()):
                check_object(about, spread.selection_set, data, path, fragments, found)


def named_fields(selections):
    return [s.alias.value if s.alias else s.name.value for s in selections.selections if isinstance(s, graphql.FieldNode)]


def check(kind, selections, value, path, fragments, found):
    if graphql.is_non_null_type(kind):
        if value is None:
            found.append(f"{path} is null, which {kind} never is")
            return
        kind = kind.of_type
    if value is None:
        return
    if graphql.is_list_type(kind):
        for number, item in enumerate(value):
            check(kind.of_type, selections, item, f"{path}[{number}]", fragments, found)
    elif graphql.is_enum_type(kind):
        if value not in kind.values:
            found.append(f"{path} is {value!r}, which is no {kind}")
    elif graphql.is_scalar_type(kind):
        if not SCALARS.get(kind.name, lambda _value: True)(value):
            found.append(f"{path} is {value!r}, which is no {kind}")
    else:
        check_object(kind, selections, value, path, fragments, found)


def is_time(value):
    return isinstance(value, str) and UTC.fullmatch(value) and datetime.datetime.fromisoformat(value)


SCALARS = {
    "String": lambda value: isinstance(value, str),
    "ID": lambda value: isinstance(value, str),
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31,
    "Boolean": lambda value: isinstance(value, bool),
    "URI": lambda value: isinstance(value, str) and is_uri(value),
    "DateTime": is_time,
    "GitObjectID": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]{40}", value),
}
