"""Holds an answer against botocore's model of the service that gave it.

Parsing proves little: botocore drops tags that it does not know and accepts
any string for an enum. So the raw body is walked beside the model, tag by
tag, and only then is the parsed answer put through botocore's own validator
for what the walk cannot see (required members that parsing left out).

Nothing here knows which server answered: the same check holds for any that
speaks these APIs.
"""

import datetime
import json
import re
import xml.etree.ElementTree as ElementTree

import botocore.parsers
import botocore.validate

# What a real service answers although its model says otherwise, each with
# its reason. Keys are (service, operation, path of the member).
KNOWN_EXCEPTIONS = {
    ("elasticbeanstalk", "DescribeEnvironmentHealth", "Status"): (
        {"Launching", "Updating", "Ready", "Terminating", "Terminated", "Aborting"},
        "typed as the enum of colours, documented and answered as the environment's status",
    ),
}

# Tags that botocore's model does not have although a real service sends them:
# the shape that they have, and how that is known.
KNOWN_TAGS = {
    ("elasticbeanstalk", "DescribeConfigurationSettings", "ConfigurationSettings.Tier"): (
        "EnvironmentTier",
        "AWS's own EB CLI ships a model that has it, and `eb health` cannot do without",
    ),
}

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
NUMBERS = {
    "integer": re.compile(r"-?\d+"),
    "long": re.compile(r"-?\d+"),
    "float": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
    "double": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
}


def answer_problems(operation, status, headers, body):
    """Every disagreement between one HTTP answer and the operation's model."""
    if protocol_of(operation) == "json":
        return json_problems(operation, status, headers, body)
    walk = {"query": QueryWalk, "ec2": Ec2Walk}.get(protocol_of(operation))
    if walk is None:
        return [f"{operation.name}: no walk is written for protocol {protocol_of(operation)}"]
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        return [f"{operation.name}: the body is not XML: {error}"]
    found = walk(operation, root).problems(status)
    if status < 300 and operation.output_shape is not None:
        found += validator_problems(operation, status, headers, body)
    return found


def json_problems(operation, status, headers, body):
    """The same for a service whose answers are JSON."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        return [f"{operation.name}: the body is not JSON: {error}"]
    if not isinstance(answer, dict):
        return [f"{operation.name}: the body is {answer!r}, not an object"]
    if status >= 300:
        told = str(answer.get("__type", "")).rpartition("#")[2]
        return [] if told and answer.get("message") else [f"{operation.name}: the refusal has no __type or no message: {answer}"]
    found = [f"{operation.name}: {problem}" for problem in json_member_problems(operation.output_shape, answer, "")]
    return found + validator_problems(operation, status, headers, body)


def json_member_problems(shape, value, path):
    """What in a JSON value the shape does not know or does not allow."""
    where = path or "the answer"
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{where} is {value!r}, not an object"]
        unknown = [f"{joined(path, name)} is not in the model" for name in value if name not in shape.members]
        known = ((name, value[name]) for name in value if name in shape.members)
        inner = [problem for name, of in known for problem in json_member_problems(shape.members[name], of, joined(path, name))]
        return unknown + inner
    if kind == "list":
        if not isinstance(value, list):
            return [f"{where} is {value!r}, not a list"]
        return [problem for item in value for problem in json_member_problems(shape.member, item, path)]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{where} is {value!r}, not a map"]
        return [problem for item in value.values() for problem in json_member_problems(shape.value, item, path)]
    if not JSON_SCALARS[kind](value):
        return [f"{where} is {value!r}, not a {kind}"]
    if kind == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{where} is {value!r}, none of {shape.enum}"]
    return []


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


# Timestamps are seconds since 1970 unless the model says otherwise.
JSON_SCALARS = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": is_whole,
    "long": is_whole,
    "float": is_number,
    "double": is_number,
    "timestamp": is_number,
}


def protocol_of(operation):
    metadata = operation.service_model.metadata
    return operation.service_model.resolved_protocol if metadata.get("protocols") else metadata["protocol"]


def validator_problems(operation, status, headers, body):
    """What botocore's validator says of the answer as botocore parsed it."""
    parser = botocore.parsers.create_parser(protocol_of(operation))
    answer = {"status_code": status, "headers": headers, "body": body, "context": {}}
    try:
        parsed = parser.parse(answer, operation.output_shape)
    # Its parsers let the errors of int(), float() and dict access through.
    except (ValueError, KeyError, TypeError, botocore.parsers.ResponseParserError) as error:
        return [f"{operation.name}: botocore cannot parse it: {error!r}"]
    parsed.pop("ResponseMetadata", None)
    report = botocore.validate.ParamValidator().validate(parsed, operation.output_shape)
    if not report.has_errors():
        return []
    return [f"{operation.name}: {line}" for line in report.generate_report().splitlines()]


class Walk:
    """Walks one XML body beside the model, and gathers what does not fit."""

    def __init__(self, operation, root):
        self.operation = operation
        self.root = root
        self.found = []

    def problems(self, status):
        self.check_namespace()
        if status < 300:
            self.check_success()
        else:
            self.check_error(status)
        return self.found

    def report(self, path, sentence):
        self.found.append(f"{self.operation.name}: {path or 'the answer'} {sentence}")

    def check_namespace(self):
        known = self.operation.service_model.metadata["xmlNamespace"].rstrip("/")
        for node in self.root.iter():
            if namespace(node).rstrip("/") != known:
                self.report(tag(node), f"is in namespace '{namespace(node)}', not '{known}'")
                return

    def check_root(self, expected):
        if tag(self.root) != expected:
            self.report("", f"has the root <{tag(self.root)}>, not <{expected}>")

    def only_children(self, node, path, expected):
        """The named children of a wrapper, which must hold exactly these."""
        tags = [tag(child) for child in node]
        if sorted(tags) != sorted(expected):
            self.report(path, f"holds {tags}, not {expected}")
        return {tag(child): child for child in node}

    def require_text(self, node, path):
        if node is None or not (node.text or "").strip():
            self.report(path, "is empty or missing")

    def check_code(self, code, status):
        """An error that the model names must come with the model's status."""
        for shape in self.operation.error_shapes:
            trait = shape.metadata.get("error", {})
            if code == trait.get("code", shape.name) and status != trait.get("httpStatusCode", status):
                self.report("Error.Code", f"{code} came with status {status}, the model says {trait['httpStatusCode']}")

    def walk(self, shape, node, path):
        handler = getattr(self, f"walk_{shape.type_name}", None)
        if handler is not None:
            handler(shape, node, path)
        elif len(node):
            self.report(path, f"is a {shape.type_name} and holds tags: {[tag(child) for child in node]}")
        else:
            self.check_scalar(shape, node.text or "", path)

    def walk_structure(self, shape, node, path, ignored=()):
        members = {self.member_tag(name, member): (name, member) for name, member in shape.members.items()}
        seen = set()
        for child in node:
            name = tag(child)
            if name in ignored:
                continue
            if name not in members:
                self.walk_unknown(shape, child, joined(path, name))
                continue
            member_name, member = members[name]
            if name in seen and not is_flattened(member):
                self.report(joined(path, member_name), "comes twice")
            seen.add(name)
            if is_flattened(member):
                self.walk_flattened(member, child, joined(path, member_name))
            else:
                self.walk(member, child, joined(path, member_name))
        self.require_members(shape, seen, members, path)
        if (node.text or "").strip():
            self.report(path, f"is a structure and holds text: {node.text.strip()!r}")

    def walk_unknown(self, shape, node, path):
        service = self.operation.service_model
        known, _reason = KNOWN_TAGS.get((service.service_name, self.operation.name, without_index(path)), (None, ""))
        if known is None:
            self.report(path, f"is a tag that the model of {shape.name} does not know")
        else:
            self.walk(service.shape_for(known), node, path)

    def require_members(self, shape, seen, members, path):
        present = {members[name][0] for name in seen}
        for name in shape.required_members:
            if name not in present:
                self.report(joined(path, name), "is required by the model and missing")

    def member_tag(self, name, shape):
        if shape.type_name == "list" and is_flattened(shape):
            return shape.member.serialization.get("name") or shape.serialization.get("name", name)
        return shape.serialization.get("name", name)

    def walk_flattened(self, shape, node, path):
        if shape.type_name == "list":
            self.walk(shape.member, node, path)
        else:
            self.walk_entry(shape, node, path)

    def walk_list(self, shape, node, path):
        item = shape.member.serialization.get("name", "member")
        for index, child in enumerate(node):
            if tag(child) != item:
                self.report(path, f"holds <{tag(child)}>, where the model wants <{item}>")
            else:
                self.walk(shape.member, child, f"{path}[{index}]")
        if (node.text or "").strip():
            self.report(path, f"is a list and holds text: {node.text.strip()!r}")

    def walk_map(self, shape, node, path):
        for child in node:
            if tag(child) != "entry":
                self.report(path, f"holds <{tag(child)}>, where the model wants <entry>")
            else:
                self.walk_entry(shape, child, path)

    def walk_entry(self, shape, node, path):
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        children = self.only_children(node, path, [key, value])
        if key in children:
            self.walk(shape.key, children[key], f"{path}.key")
        if value in children:
            self.walk(shape.value, children[value], f"{path}.value")

    def check_scalar(self, shape, text, path):
        kind = shape.type_name
        if kind == "boolean" and text not in ("true", "false"):
            self.report(path, f"is {text!r}, not true or false")
        elif kind in NUMBERS and not NUMBERS[kind].fullmatch(text):
            self.report(path, f"is {text!r}, not a number of type {kind}")
        elif kind == "timestamp" and not is_timestamp(text):
            self.report(path, f"is {text!r}, not a timestamp such as 2026-11-20T02:57:11Z")
        elif kind == "string":
            self.check_string(shape, text, path)

    def check_string(self, shape, text, path):
        if shape.enum and text not in shape.enum and text not in self.excepted(path):
            self.report(path, f"is {text!r}, which is not in the enum {shape.name}: {shape.enum}")
        longest = shape.metadata.get("max")
        if longest is not None and len(text) > longest:
            self.report(path, f"has {len(text)} characters, the model allows {longest}")

    def excepted(self, path):
        service = self.operation.service_model.service_name
        values, _reason = KNOWN_EXCEPTIONS.get((service, self.operation.name, without_index(path)), (set(), ""))
        return values


class QueryWalk(Walk):
    """awsQuery: a result in a wrapper, and the request id beside it."""

    def check_success(self):
        self.check_root(f"{self.operation.name}Response")
        shape = self.operation.output_shape
        wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
        expected = [wrapper, "ResponseMetadata"] if wrapper else ["ResponseMetadata"]
        children = self.only_children(self.root, "", expected)
        metadata = children.get("ResponseMetadata")
        if metadata is not None:
            inner = self.only_children(metadata, "ResponseMetadata", ["RequestId"])
            self.require_text(inner.get("RequestId"), "ResponseMetadata.RequestId")
        if wrapper in children:
            self.walk_structure(shape, children[wrapper], "")

    def check_error(self, status):
        self.check_root("ErrorResponse")
        children = self.only_children(self.root, "", ["Error", "RequestId"])
        self.require_text(children.get("RequestId"), "RequestId")
        error = children.get("Error")
        if error is None:
            return
        inner = {tag(child): child for child in error}
        unknown = set(inner) - {"Type", "Code", "Message", "Detail"}
        if unknown:
            self.report("Error", f"holds {sorted(unknown)}, which no awsQuery error has")
        for name in ("Type", "Code", "Message"):
            self.require_text(inner.get(name), f"Error.{name}")
        self.check_sender(inner.get("Type"), status)
        if inner.get("Code") is not None:
            self.check_code(inner["Code"].text, status)

    def check_sender(self, node, status):
        expected = "Sender" if status < 500 else "Receiver"
        if node is not None and node.text != expected:
            self.report("Error.Type", f"is {node.text!r} with status {status}, not {expected!r}")


class Ec2Walk(Walk):
    """ec2Query: the members stand beside the request id, errors in a list."""

    def check_success(self):
        self.check_root(f"{self.operation.name}Response")
        request = [child for child in self.root if tag(child) == "requestId"]
        self.require_text(request[0] if request else None, "requestId")
        if self.operation.output_shape is not None:
            self.walk_structure(self.operation.output_shape, self.root, "", ignored=("requestId",))

    def check_namespace(self):
        # EC2 puts its errors in no namespace at all.
        if tag(self.root) == f"{self.operation.name}Response":
            super().check_namespace()

    def check_error(self, status):
        self.check_root("Response")
        children = self.only_children(self.root, "", ["Errors", "RequestID"])
        self.require_text(children.get("RequestID"), "RequestID")
        for error in children.get("Errors", []):
            inner = self.only_children(error, "Errors.Error", ["Code", "Message"])
            for name in ("Code", "Message"):
                self.require_text(inner.get(name), f"Errors.Error.{name}")


def tag(node):
    return node.tag.partition("}")[2] if "}" in node.tag else node.tag


def namespace(node):
    return node.tag[1:].partition("}")[0] if node.tag.startswith("{") else ""


def joined(path, name):
    return f"{path}.{name}" if path else name


def without_index(path):
    return re.sub(r"\[\d+\]", "", path)


def is_flattened(shape):
    return shape.type_name in ("list", "map") and bool(shape.serialization.get("flattened"))


def is_timestamp(text):
    if not TIMESTAMP.fullmatch(text):
        return False
    try:
        datetime.datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True
