"""The rows of the contract: which fields they have, and of which type.

`quarterdeck status --json` and the simulated cloud's `/_sim/world` share
them. More fields may stand beside these; none may be missing.
"""

import datetime
import re

AWS = {"beanstalk", "target-group", "tagged-ec2"}
PLATFORMS = AWS | {"host"}
TIERS = {"production", "staging", "development", "preview", "unknown"}
CONFIDENCES = {"exact", "derived", "mixed", "unknown"}
LEVELS = {"ok", "info", "warning", "degraded", "severe", "unknown"}
ACTIVITIES = {
    "launch", "deploy", "configuration", "restart", "rebuild", "abort", "swap", "terminate", "roll", "unknown",
}
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def is_time(value):
    if not isinstance(value, str) or not UTC.fullmatch(value):
        return False
    try:
        parse_time(value)
    except ValueError:
        return False
    return True


def parse_time(value):
    """A moment, whose fraction may have any number of digits."""
    whole, _, fraction = value.removesuffix("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return moment + datetime.timedelta(seconds=float(f"0.{fraction}" if fraction else 0))


def is_text(value):
    return isinstance(value, str) and value != ""


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_sha(value):
    """A commit, as far as the label has it: the EB CLI abbreviates to four digits."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{4,64}", value) is not None


def is_null(value):
    return value is None


def maybe(check):
    return lambda value: value is None or check(value)


def among(values):
    return lambda value: value in values


def is_bool(value):
    return isinstance(value, bool)


def listed(fields):
    """A list whose every entry has these fields."""
    return lambda value: isinstance(value, list) and not any(field_problems(item, fields, "") for item in value)


def is_sentences(value):
    return isinstance(value, list) and all(is_text(item) for item in value)


VERSION_COUNT = {"label": maybe(is_text), "count": is_count}


def row_fields(origin, confidence, moment, error):
    """The fields of a row, given what stands where the reader speaks of itself."""
    return {
        "key": is_text,
        "platform": among(PLATFORMS),
        "account": maybe(is_text),
        "region": maybe(is_text),
        "app": is_text,
        "name": is_text,
        "tier": among(TIERS),
        "version": {
            "label": maybe(is_text), "sha": maybe(is_sha), "source": origin, "confidence": confidence, "at": moment,
        },
        "health": {"level": among(LEVELS), "causes": is_sentences, "source": origin, "at": moment},
        "activity": maybe_structure({
            "kind": among(ACTIVITIES), "done": maybe(is_count), "total": maybe(is_count),
            "since": maybe(is_time), "at": moment,
        }),
        "instances": {
            "total": maybe(is_count), "healthy": maybe(is_count), "versions": listed(VERSION_COUNT), "at": moment,
        },
        "error": error,
    }


def maybe_structure(fields):
    return lambda value: value is None or not field_problems(value, fields, "")


STATUS_ROW = row_fields(maybe(is_text), among(CONFIDENCES), maybe(is_time), maybe(is_text))
# In the world nobody reads: source, confidence, error and each `at` are null.
WORLD_ROW = row_fields(is_null, is_null, is_null, is_null)

STATUS_SOURCE = {
    "name": is_text, "ok": is_bool, "at": maybe(is_time), "calls": is_count, "error": maybe(is_text),
}

CALL = {
    "seq": is_count,
    "at": is_time,
    "service": is_text,
    "operation": maybe(is_text),
    "region": maybe(is_text),
    "account": maybe(is_text),
    "write": is_bool,
    "status": maybe(is_count),
    "fault": maybe(is_text),
}


def field_problems(value, fields, path):
    """What is missing from a structure, or of the wrong type."""
    if not isinstance(value, dict):
        return [f"{path or 'it'} is {value!r}, not an object"]
    found = []
    for name, check in fields.items():
        where = f"{path}.{name}" if path else name
        if name not in value:
            found.append(f"{where} is missing")
        elif isinstance(check, dict):
            found += field_problems(value[name], check, where)
        elif not check(value[name]):
            found.append(f"{where} is {value[name]!r}")
    return found


def row_problems(row, fields):
    """What is wrong with one row, its inner agreement included."""
    found = field_problems(row, fields, "")
    if found:
        return [f"{row.get('key') if isinstance(row, dict) else row!r}: {problem}" for problem in found]
    parts = [row["platform"], row["account"] or "-", row["region"] or "-", row["name"]]
    if row["key"] != ":".join(parts):
        found.append(f"key does not name {parts}")
    if row["platform"] in AWS and not re.fullmatch(r"\d{12}", row["account"] or ""):
        found.append(f"account is {row['account']!r}, not twelve digits")
    found += instance_problems(row["instances"])
    activity = row["activity"]
    if activity and None not in (activity["done"], activity["total"]) and activity["done"] > activity["total"]:
        found.append(f"activity is done with {activity['done']} of {activity['total']}")
    return [f"{row['key']}: {problem}" for problem in found]


def instance_problems(instances):
    found = []
    total = instances["total"]
    if None not in (total, instances["healthy"]) and instances["healthy"] > total:
        found.append(f"{instances['healthy']} of {total} instances are healthy")
    counted = sum(version["count"] for version in instances["versions"])
    if total is not None and counted > total:
        found.append(f"versions count {counted} of {total} instances")
    labels = [version["label"] for version in instances["versions"]]
    if len(labels) != len(set(labels)):
        found.append(f"versions list a label twice: {labels}")
    return found
