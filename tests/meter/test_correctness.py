from benchmarks.meter_parts.correctness import measure


def test_totals_are_exact_with_faults_injected_everywhere() -> None:
    """The small sister of the benchmark's million requests."""
    sent, stored, failed_calls = measure(requests=20_000, seed=7)
    assert sent == stored
    assert sent.requests > 15_000
    assert min(sent.client_errors, sent.server_errors, sent.disconnects) > 1000
    assert failed_calls >= 3
