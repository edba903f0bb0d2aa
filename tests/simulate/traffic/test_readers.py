"""Traffic files in the formats in which people have them, and what is said of broken ones."""

import gzip
import json

import numpy as np
import pytest

from fastscale.errors import TraceError
from fastscale.simulate.traffic.reader import read_trace
from fastscale.simulate.traffic.source import load
from fastscale.simulate.traffic.trace import Gap, Trace

ALB_ENTRY = (
    "https {answered} app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 "
    "200 200 0 57 "
    '"GET https://www.example.com:443/?q=a%20b HTTP/1.1" "curl/7.46.0 (\\"quoted\\")" '
    "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 "
    "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
    '"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" '
    '"arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012" '
    '1 {created} "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90'
)
LOCUST_HEADER = (
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,"
    "Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time"
)


def write(tmp_path, text, name="trace.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def alb_entry(created, answered="2026-03-01T10:00:59.000000Z"):
    return ALB_ENTRY.format(created=created, answered=answered)


def test_one_number_a_line(tmp_path):
    trace = read_trace(write(tmp_path, "# a comment\n3\n\n0\n4.5\n"))
    assert trace.rates.tolist() == [3, 0, 4.5]


def test_per_minute_counts_keep_their_total_in_every_minute(tmp_path):
    path = write(tmp_path, "timestamp,requests\n1998-05-12 00:00:00,1110\n1998-05-12 00:01:00,906\n")
    trace = read_trace(path, seed=7)
    assert trace.rates.reshape(-1, 60).sum(axis=1).tolist() == [1110, 906]
    assert trace.start == 894931200
    assert trace.notes == ("60 s counts spread over their seconds with seed 7",)


def test_the_seconds_of_a_minute_vary_as_poisson_counts_do_and_more_with_burstiness(tmp_path):
    path = write(tmp_path, "".join(f"{60 * i},6000\n" for i in range(200)))
    calm, bursty = (read_trace(path, burstiness=burstiness).rates for burstiness in (1, 5))
    assert calm.var() / calm.mean() == pytest.approx(1, rel=0.1)
    assert bursty.var() / bursty.mean() == pytest.approx(5, rel=0.1)


def test_the_same_seed_gives_the_same_seconds(tmp_path):
    path = write(tmp_path, "0,6000\n60,6000\n")
    first, again, other = (read_trace(path, seed=seed).rates for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_a_rate_column_is_read_as_requests_per_second(tmp_path):
    trace = read_trace(write(tmp_path, "time,rps\n2026-01-01T00:00:00Z,10\n2026-01-01T00:00:05Z,20\n"))
    assert trace.rates.tolist() == [10] * 5 + [20] * 5


def test_a_gap_is_named_and_filled_with_the_rate_before_it(tmp_path):
    trace = read_trace(write(tmp_path, "0,5\n1,6\n2,7\n5,1\n6,1\n"))
    assert trace.gaps == (Gap(start_seconds=3, length_seconds=2),)
    assert trace.rates.tolist() == [5, 6, 7, 7, 7, 1, 1]
    assert str(trace.gaps[0]) == "2 s without data from second 3"


def test_alb_logs_count_requests_when_they_came(tmp_path):
    entries = [alb_entry(f"2026-03-01T10:00:0{second}.5{i}0000Z") for second in (3, 1, 3) for i in range(2)]
    trace = read_trace(write(tmp_path, "\n".join(entries), "alb.log"))
    assert trace.rates.tolist() == [2, 0, 4]
    assert trace.start == 1772359201


def test_old_alb_entries_have_the_time_of_the_answer_only(tmp_path):
    old = alb_entry("x", answered="2026-03-01T10:00:09.000000Z").split(" 1 x ")[0]
    assert read_trace(write(tmp_path, old, "alb.log")).start == 1772359209


def test_a_folder_of_compressed_alb_logs_is_one_trace(tmp_path):
    for day in (1, 2):
        folder = tmp_path / "2026" / f"0{day}"
        folder.mkdir(parents=True)
        with gzip.open(folder / "node.log.gz", "wt") as file:
            file.write(alb_entry(f"2026-03-01T10:00:0{day}.000000Z") + "\n")
    assert read_trace(tmp_path).rates.tolist() == [1, 1]


def test_get_metric_data_newest_first(tmp_path):
    export = {
        "MetricDataResults": [
            {
                "Id": "m1",
                "Label": "RequestCount",
                "Timestamps": ["2026-03-01T10:01:00+00:00", "2026-03-01T10:00:00+00:00"],
                "Values": [1200.0, 600.0],
                "StatusCode": "Complete",
            }
        ],
        "Messages": [],
    }
    trace = read_trace(write(tmp_path, json.dumps(export, indent=1), "export.json"))
    assert trace.rates.reshape(-1, 60).sum(axis=1).tolist() == [600, 1200]


def test_get_metric_statistics_in_any_order(tmp_path):
    points = [{"Timestamp": f"2026-03-01T10:0{i}:00Z", "Sum": 60.0 * i, "Unit": "Count"} for i in (2, 0, 1)]
    trace = read_trace(write(tmp_path, json.dumps({"Label": "RequestCount", "Datapoints": points}), "s.json"))
    assert trace.rates.reshape(-1, 60).sum(axis=1).tolist() == [0, 60, 120]


def test_locust_history_takes_the_aggregated_rows(tmp_path):
    rest = ",0.0" + ",N/A" * 11 + ",0,0,0,0"
    rows = [
        f"{1767571200 + i},10,{kind},{name},{rate}{rest}"
        for i in range(3)
        for kind, name, rate in (("GET", "/", 1), ("", "Aggregated", 5 + i))
    ]
    trace = read_trace(write(tmp_path, "\n".join([LOCUST_HEADER, *rows])))
    assert trace.rates.tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("1\n2\nthree\n", ":3: is not a number: 'three'"),
        ("1\n-2\n", ":2: is not a number of requests"),
        ("1\nnan\n", ":2: is not a number of requests"),
        ("1\ninf\n", ":2: is not a number of requests"),
        ("time,count\n0,1\n60,2\n30,3\n", ":4: time does not move on"),
        ("0,1\n60,2\n60,3\n", ":3: time does not move on"),
        ("0,1\n60,-2\n", ":2: -2 is not a number of requests"),
        ("0,1\n60,nan\n", ":2: nan is not a number of requests"),
        ("0,1\nyesterday,2\n", ":2: Invalid isoformat string"),
        ("0,1\n60,2,3\n", ":2: is not 'timestamp,value'"),
        ("0,1\n", "one sample, so its period is unknown"),
        ("0,1\n1,1\n99999999,1\n", "take a part of it"),
        ('{"MetricDataResults": [}', ":1: is not JSON"),
        ('{"Results": []}', "is not a CloudWatch export"),
        ('{"MetricDataResults": [{"Id": "a", "Timestamps": [1], "Values": ["x"]}]}', "a[0]: 1, 'x' is not a time"),
    ],
)
def test_a_broken_file_gets_one_line_that_names_the_place(tmp_path, text, says):
    with pytest.raises(TraceError) as error:
        read_trace(write(tmp_path, text))
    assert says in str(error.value)
    assert "trace.csv" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_broken_log_entry_is_named(tmp_path):
    path = write(tmp_path, alb_entry("2026-03-01T10:00:01.000000Z") + "\nGET / 200\n", "alb.log")
    with pytest.raises(TraceError, match=r"alb.log:2: is not an entry of an ALB access log: 'GET / 200'"):
        read_trace(path)


def test_a_truncated_gzip_says_how_far_it_could_be_read(tmp_path):
    whole = gzip.compress("".join(f"{i}\n" for i in range(100_000)).encode())
    path = tmp_path / "trace.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TraceError, match="cannot be read after line"):
        read_trace(path)


def test_an_unknown_source_says_what_is_possible():
    with pytest.raises(TraceError, match="neither a file nor one of the shapes step, spike"):
        load("no/such/file")


def test_millions_of_lines_take_memory_for_numbers_only(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("7\n" * 300_000)
    trace = read_trace(path)
    assert isinstance(trace, Trace)
    assert trace.rates.nbytes == 8 * 300_000
    assert np.all(trace.rates == 7)
