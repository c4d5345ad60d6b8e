"""The threats that SECURITY.md names: what holds each of them off is tested where it stands, and named here by threat."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.every_command import ended
from tests.for_each import for_each
from tests.parsed_code import nodes_of, tree_of

ROOT = Path(__file__).parents[2]
MIGRATIONS = ROOT / "miner_agent/storage/migrations"  # of tables that are named there, before there is any data
CODE = [
    file for folder in ("miner_agent", "calculators", "exporters") for file in sorted((ROOT / folder).rglob("*.py"))
]
TESTED: dict[str, tuple[str, ...]] = {
    "T1": (
        "whole/test_threats.py::test_t1_an_agent_that_the_network_could_read_does_not_start",
        "web/test_web_host.py::test_a_localhost_that_is_another_address_is_refused",
    ),
    "T2": (
        "web/test_web_users.py::test_names_of_nobody_cost_as_much_as_wrong_passwords",
        "web/test_web_users.py::test_a_thousand_wrong_passwords_do_not_keep_a_good_scrape_waiting",
        "web/test_web_users.py::test_one_password_is_checked_at_a_time_and_few_wait",
    ),
    "T3": (
        "web/test_web_host.py::test_idle_connections_never_lock_out_a_scrape",
        "web/test_web_host.py::test_silent_and_dripping_clients_are_closed",
        "web/test_web_tls.py::test_silent_clients_are_counted_before_they_shake_hands",
    ),
    "T4": (
        "web/test_web.py::test_other_names_are_refused_against_rebinding",
        "web/test_web.py::test_every_answer_is_closed_to_other_sites",
        "web/test_web.py::test_other_methods_are_not_allowed",
    ),
    "T5": (
        "transport/test_transport.py::test_a_hostile_answer_is_an_error_in_time_and_of_bounded_size",
        "transport/test_transport.py::test_a_source_that_hangs_or_drips_ends_at_its_deadline",
        "transport/test_turns.py::test_32_hung_sources_delay_no_other_and_cost_no_thread",
        "service/test_hostile_sources.py::test_a_good_source_is_read_in_time_beside_those_who_do_harm",
        "transport/test_service_calls.py::test_what_follows_the_head_of_an_answer_changes_nothing",
        "notifying/test_notice_sender.py::test_a_channel_that_hangs_holds_up_no_other",
    ),
    "T6": (
        "transport/test_transport.py::test_a_redirect_is_refused_and_its_target_never_asked",
        "transport/test_transport_feeds.py::test_a_redirect_is_not_followed_and_no_canary_sings",
        "transport/test_service_calls.py::test_a_redirect_is_told_and_not_followed",
    ),
    "T7": (
        "transport/test_transport.py::test_nothing_is_taken_from_the_environment",
        "transport/test_transport_feeds.py::test_nothing_is_taken_from_the_environment",
        "notifying/test_apprise.py::test_nothing_is_taken_from_the_environment",
    ),
    "T8": (
        "sources/test_payload.py::test_loose_json_is_refused_with_a_reason",
        "sources/test_payload.py::test_any_bytes_parse_or_are_refused",
        "drivers/test_mutations.py::test_a_damaged_answer_gives_possible_numbers_or_a_bad_payload",
        "drivers/test_hostile.py::test_no_number_that_cannot_be_is_ever_shown",
    ),
    "T9": (
        "drivers/test_hostile.py::test_no_name_gets_out_of_its_place_in_any_sink",
        "exporters/test_prometheus.py::test_a_hostile_name_stays_inside_its_quotes",
        "exporters/test_svg.py::test_no_name_gets_out_of_its_place",
        "storage/test_telemetry.py::test_hostile_names_are_text_and_nothing_else",
        "cli/test_hostile_books.py::test_a_table_holds_a_line_a_row",
    ),
    "T10": (
        "drivers/test_hostile.py::test_ten_thousands_of_new_names_stay_within_the_budgets",
        "exporters/test_prometheus.py::test_a_source_gets_four_thousand_series_and_what_is_over_is_counted",
    ),
    "T11": (
        "exporters/test_csv.py::test_no_name_is_a_formula_in_a_spreadsheet_that_reads_full_width_signs_too",
        "exporters/tax/test_export_files.py::test_no_cell_of_a_table_is_a_formula",
        "cli/test_hostile_books.py::test_csv_of_lots_holds_no_formula_and_a_row_a_lot",
    ),
    "T12": (
        "whole/test_threats.py::test_t12_no_question_to_a_database_is_made_of_data",
        "storage/test_telemetry.py::test_hostile_names_are_text_and_nothing_else",
    ),
    "T13": ("whole/test_threats.py::test_t13_nothing_is_read_that_could_be_code",),
    "T14": (
        "config/test_config.py::test_a_token_that_others_can_read_is_refused",
        "config/test_pasted_secrets.py::test_who_may_read_it_is_looked_up_of_the_file_that_is_read",
        "config/test_config.py::test_a_state_directory_that_is_open_to_others_is_closed",
        "storage/test_database.py::test_a_file_that_others_could_read_is_made_private",
        "web/test_web_tls.py::test_a_key_that_others_can_read_is_refused",
        "whole/test_planted_secrets.py::test_what_the_agent_is_trusted_with_is_nowhere_after_a_run_in_which_all_fails",
    ),
    "T15": (
        "whole/test_planted_secrets.py::test_what_the_agent_is_trusted_with_is_nowhere_after_a_run_in_which_all_fails",
        "config/test_config.py::test_a_secret_that_somebody_wrote_into_the_file_is_neither_shown_nor_quoted",
        "config/test_pasted_secrets.py::test_it_is_neither_shown_nor_quoted",
        "config/test_pasted_secrets.py::test_no_sentence_about_the_file_quotes_it",
        "whole/test_secrets.py::test_the_agent_leaves_no_password_in_its_log_its_state_its_pages_and_what_it_prints",
    ),
    "T16": (
        "transport/test_transport_feeds.py::test_a_key_is_in_no_sentence_and_no_log",
        "transport/test_transport_feeds.py::test_headers_that_cannot_be_parsed_put_no_address_into_the_log",
        "transport/test_service_calls.py::test_what_is_no_answer_is_an_error_that_shows_no_path",
        "notifying/test_prepared_channels.py::test_an_address_and_a_secret_come_from_files_and_are_in_no_repr",
        "notifying/test_apprise.py::test_what_is_not_taken_is_said_without_the_address",
    ),
    "T17": (
        "tick/test_theft.py::test_a_pool_that_changes_is_seen_and_a_restart_does_not_forget_it",
        "tick/test_watch.py::test_a_theft_never_becomes_normal_by_lasting",
        "tick/test_watch.py::test_what_stays_the_same_matches",
    ),
    "T18": (
        "look/test_doctor.py::test_an_api_that_others_reach_is_a_finding",
        "whole/test_read_only.py::test_a_driver_sends_nothing_but_reads",
    ),
    "T19": ("tick/test_verdict.py::test_a_miner_that_answers_and_earns_nothing_is_ill",),
    "T20": (
        "whole/test_alone.py::test_without_a_network_it_starts_and_tries_to_reach_nobody_not_even_a_name_server",
        "whole/test_interpreter.py::test_the_service_and_its_children_run_no_file_of_a_hostile_folder",
    ),
    "T21": (
        "exporters/tax/test_export_files.py::test_the_same_book_gives_the_same_bytes_under_names_that_are_no_paths",
        "transport/test_files.py::test_a_folder_that_is_a_link_is_refused",
    ),
    "T22": ("whole/test_threats.py::test_t22_no_shell_is_ever_asked",),
    "T23": (
        "web/test_web_money.py::test_a_local_user_reads_no_income_on_loopback",
        "web/test_web_money.py::test_of_the_users_those_that_are_named_see_it_request_by_request",
        "web/test_web_money.py::test_who_may_open_the_socket_sees_all",
        "whole/test_contracts.py::test_no_number_of_money_or_books_reaches_the_public_page",
        "whole/test_contracts.py::test_what_is_private_is_told_by_its_name",
        "economy/test_economy_agent.py::test_it_tells_what_the_rig_earns_by_its_meter_its_tariff_and_the_newest_market",
    ),
    "T24": (
        "web/test_web.py::test_pages_of_other_sites_make_the_agent_do_no_work",
        "web/test_web_users.py::test_a_page_of_another_site_starts_no_check",
    ),
    "T25": (
        "web/test_web_tls.py::test_silent_clients_are_counted_before_they_shake_hands",
        "web/test_web_tls.py::test_hands_are_shaken_in_time_or_not_at_all",
        "web/test_web_tls.py::test_buffers_hold_16_kib",
    ),
    "T26": (
        "whole/test_text.py::test_names_that_only_look_alike_stay_as_many_in_whatever_order_they_come",
        "whole/test_text.py::test_of_marks_and_letters_too_there_is_one_spelling",
        "whole/test_text.py::test_what_nobody_can_see_is_no_name",
        "drivers/test_names_apart.py::test_names_that_only_look_alike_are_several_workers_in_whatever_order",
        "cli/test_hostile_books.py::test_wallets_that_only_look_alike_are_told_apart_wherever_they_are_shown",
    ),
}
EXECUTES = {"execute", "executemany", "executescript", "exec_driver_sql"}
MADE_BY_SQLALCHEMY = "text"  # elsewhere it writes on paper


def test_the_page_and_the_tests_name_the_same_threats() -> None:
    assert re.findall(r"^\| (T\d+) \|", (ROOT / "SECURITY.md").read_text(), re.MULTILINE) == list(TESTED)


@for_each("threat", TESTED)
def test_every_test_that_is_named_against_a_threat_is_there(threat: str) -> None:
    for named in TESTED[threat]:
        file, _, name = named.partition("::")
        there = {node.name for node in tree_of(ROOT / "tests" / file).body if isinstance(node, ast.FunctionDef)}

        assert name in there, named


@pytest.mark.parametrize("listen", ["0.0.0.0:9877", "[::]:9877", "192.0.2.7:9877"])
def test_t1_an_agent_that_the_network_could_read_does_not_start(tmp_path: Path, listen: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[http]\nlisten = "{listen}"\n')

    done = ended("config", "check", "--config", str(config))

    assert done.returncode == 78
    assert listen in done.stderr


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for file in CODE:
        for node in nodes_of(file):
            if isinstance(node, ast.Call):
                called = node.func
                yield file, node, called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def is_fixed(told: ast.expr) -> bool:
    """Whether all of a text stands in the code: itself, or constants joined."""
    match told:
        case ast.Constant():
            return True
        case ast.Name():
            return told.id.upper() == told.id
        case ast.JoinedStr():
            return all(is_fixed(part) for part in told.values)
        case ast.FormattedValue():
            return is_fixed(told.value)
        case ast.BinOp():
            return is_fixed(told.left) and is_fixed(told.right)
    return False


def test_t12_no_question_to_a_database_is_made_of_data() -> None:
    asked = [
        (file, call)
        for file, call, name in calls()
        if name in EXECUTES or (name == MADE_BY_SQLALCHEMY and "sqlalchemy" in file.read_text())
    ]
    made = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file, call in asked
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
        if MIGRATIONS not in file.parents
        and not is_fixed(call.args[0])
        and not ast.unparse(call.args[0]).startswith("f'PRAGMA ")  # of settings in the code
    ]

    assert made == []
    assert len(asked) > 20


def test_t13_nothing_is_read_that_could_be_code() -> None:
    from tests.whole.test_architecture import FORBIDDEN

    assert {"pickle", "shelve", "marshal"} <= FORBIDDEN
    assert [f"{file}:{call.lineno}" for file, call, name in calls() if name in {"eval", "exec", "unsafe_load"}] == []
    loads = [(file, ast.unparse(call)) for file, call, _ in calls() if ast.unparse(call.func) == "yaml.load"]
    assert [place for place in loads if "Safe" not in place[1]] == []


def test_t22_no_shell_is_ever_asked() -> None:
    words = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
    asked = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file, call, _ in calls()
        if ast.unparse(call.func) in words
        or any(keyword.arg == "shell" and ast.unparse(keyword.value) != "False" for keyword in call.keywords)
    ]

    assert asked == []
