"""Pages: together they are the whole, nothing lost and nothing twice."""

import datetime
import time

import pytest

import operations



def pages(call, key, size, **params):
    """Everything behind NextToken, page by page."""
    gathered = []
    token = {}
    while True:
        answer = call(MaxRecords=size, **params, **token)
        assert len(answer[key]) <= size, f"a page of {len(answer[key])}, asked for {size} at most"
        gathered += answer[key]
        if not answer.get("NextToken"):
            return gathered
        assert answer[key], "an empty page that names another one"
        token = {"NextToken": answer["NextToken"]}


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_environments_page_without_loss_or_repetition(shared, size):
    beanstalk = shared.client("elasticbeanstalk")
    whole = [environment["EnvironmentId"] for environment in beanstalk.describe_environments()["Environments"]]
    paged = [environment["EnvironmentId"] for environment in pages(beanstalk.describe_environments, "Environments", size)]
    assert len(whole) > 1 and paged == whole


def test_all_environments_come_in_one_answer(shared):
    """Without MaxRecords there is no page, however many environments there are."""
    for region in {row["region"] for row in shared.world()["environments"]}:
        answer = shared.client("elasticbeanstalk", region).describe_environments()
        assert not answer.get("NextToken"), region


def test_five_thousand_environments_come_in_one_answer_per_region(start_cloud):
    server = start_cloud("--scenario", "large")
    rows = server.world()["environments"]
    assert len(rows) >= 5000
    for region in {row["region"] for row in rows}:
        answer = server.client("elasticbeanstalk", region, checked=False).describe_environments()
        assert not answer.get("NextToken"), region
        listed = {environment["EnvironmentName"] for environment in answer["Environments"]}
        assert listed >= {row["name"] for row in rows if row["region"] == region}


@pytest.mark.parametrize("size", [1, 4])
def test_versions_page_without_loss_or_repetition(shared, size):
    subjects = operations.Subjects(shared)
    call = subjects.beanstalk.describe_application_versions
    whole = [version["VersionLabel"] for version in call(ApplicationName=subjects.app())["ApplicationVersions"]]
    paged = [version["VersionLabel"] for version in pages(call, "ApplicationVersions", size, ApplicationName=subjects.app())]
    assert len(whole) > 1 and paged == whole


def test_instances_page_without_loss_or_repetition(shared):
    subjects = operations.Subjects(shared)
    asked = {"EnvironmentName": subjects.name(), "AttributeNames": ["All"]}
    gathered, token = [], {}
    while True:
        answer = subjects.beanstalk.describe_instances_health(**asked, **token)
        gathered += [instance["InstanceId"] for instance in answer["InstanceHealthList"]]
        if not answer.get("NextToken"):
            break
        token = {"NextToken": answer["NextToken"]}
    assert gathered and len(gathered) == len(set(gathered))


@pytest.fixture
def past(shared):
    """All events before a fixed moment, so that new ones cannot disturb the pages."""
    beanstalk = shared.client("elasticbeanstalk")
    newest = beanstalk.describe_events(MaxRecords=1)["Events"][0]["EventDate"]
    params = {"EndTime": newest + datetime.timedelta(milliseconds=1)}
    return beanstalk.describe_events, params, pages(beanstalk.describe_events, "Events", 1000, **params)


def identity(event):
    """Events have no id: this is all that tells two apart."""
    return tuple(str(event.get(name)) for name in ("EventDate", "EnvironmentName", "RequestId", "Severity", "Message"))


@pytest.mark.parametrize("size", [1, 7, 100])
def test_events_page_without_loss_or_repetition(past, size):
    call, params, whole = past
    paged = pages(call, "Events", size, **params)
    assert len(whole) > 1
    assert [identity(event) for event in paged] == [identity(event) for event in whole]


def test_events_come_newest_first(past):
    _call, _params, whole = past
    dates = [event["EventDate"] for event in whole]
    assert dates == sorted(dates, reverse=True)


def test_the_start_of_a_window_is_inside_and_its_end_outside(past):
    call, _params, whole = past
    dates = sorted({event["EventDate"] for event in whole})
    start, end = dates[0], dates[-1]
    assert start < end
    inside = [identity(event) for event in whole if start <= event["EventDate"] < end]
    got = pages(call, "Events", 1000, StartTime=start, EndTime=end)
    assert [identity(event) for event in got] == inside
    assert any(event["EventDate"] == start for event in got)
    assert not any(event["EventDate"] == end for event in got)


def test_neighbouring_windows_share_nothing_and_miss_nothing(past):
    call, params, whole = past
    dates = sorted({event["EventDate"] for event in whole})
    middle = dates[len(dates) // 2]
    older = pages(call, "Events", 1000, EndTime=middle)
    newer = pages(call, "Events", 1000, StartTime=middle, **params)
    assert [identity(event) for event in newer + older] == [identity(event) for event in whole]


SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]


def test_a_severity_means_that_or_higher(past):
    call, params, whole = past
    for lowest in ("INFO", "WARN", "ERROR"):
        wanted = SEVERITIES[SEVERITIES.index(lowest):]
        got = pages(call, "Events", 1000, Severity=lowest, **params)
        assert [identity(e) for e in got] == [identity(e) for e in whole if e["Severity"] in wanted]


def test_events_of_one_environment_are_its_own(past):
    call, params, whole = past
    name = next(event["EnvironmentName"] for event in whole if "EnvironmentName" in event)
    got = pages(call, "Events", 1000, EnvironmentName=name, **params)
    assert [identity(e) for e in got] == [identity(e) for e in whole if e.get("EnvironmentName") == name]


def test_a_requests_events_carry_its_id(fresh):
    """The EB CLI follows its own deploy by the request id of the answer."""
    subjects = operations.Subjects(fresh)
    answer = subjects.beanstalk.update_environment(EnvironmentName=subjects.name(), VersionLabel=subjects.other_label())
    request = answer["ResponseMetadata"]["RequestId"]
    deadline = time.monotonic() + 60
    # Events arrive late, as they do from the real service.
    while not (events := subjects.beanstalk.describe_events(RequestId=request)["Events"]):
        assert time.monotonic() < deadline, "no event of the request a minute after it"
        time.sleep(0.1)
    assert {event["RequestId"] for event in events} == {request}
    assert {event["EnvironmentName"] for event in events} == {subjects.name()}
