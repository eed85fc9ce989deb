"""The public names: one table, which the rest of the package agrees with."""

import ast
import inspect
import pickle
import subprocess
import sys
import typing
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import mistral_conversations
import mistral_conversations.server
from tests.support.for_each import for_each

PACKAGE = Path(mistral_conversations.__file__).parent
TABLE: Mapping[str, Sequence[str]] = {
    module: names.split() for module, names in mistral_conversations._NAMES.items()
}

PRIVATE = {"cli", "display", "html", "pytest_plugin", "server"}
"""Top-level modules without names for the package, besides those with a `_`."""

NOT_EXPORTED = {
    "hooks": {"Outcome"},
    "models.event": {"Event"},
    "models.listing": {"Listing"},
    "models.masks": {"masked_secrets", "masked_values", "without_secrets"},
    "models.model": {"Answer", "Model", "Unknown", "attach_meta"},
    "models.runs": {"handoff_of"},
    "models.tool_files": {"FileSource", "ToolFile", "tool_files"},
    "models.unix_time": {"UnixTime"},
    "models.unset": {"set_values"},
    "recovery.histories": {"Histories", "Operations", "UnclearError"},
    "recovery.loss": {"Loss"},
    "recovery.search": {"Search", "check_recoverable", "search_for"},
    "relay.pause": {"Pause"},
    "relay.pending": {"Pending"},
    "relay.reader": {"ErrorText", "Format", "RelayReader", "Source"},
    "relay.ui_calls": {"Calls", "approval_request"},
    "relay.ui_chunks": {"Chunk", "FileURL", "part_of", "read_json", "written"},
    "relay.ui_messages": {"UIMessages"},
    "relay.sse": {"HEADERS", "KEEP_ALIVE", "SSE", "plain", "to_sse"},
    "batch.asking": {"Asking"},
    "batch.async_batch": {"described", "new_batch", "source_of_batch"},
    "batch.bar": {"bar", "described", "shown"},
    "batch.client": {"BatchClient", "View"},
    "batch.course": {"BatchCourse"},
    "batch.dask.claims": {"Claims", "take_claim"},
    "batch.dask.cluster": {"Cluster"},
    "batch.dask.engine": {"DaskEngine"},
    "batch.dask.parcels": {
        "Answer",
        "Setup",
        "packed",
        "packed_answer",
        "packed_row",
        "read_answer",
    },
    "batch.dask.pauses": {
        "Pauses",
        "WorkerPacer",
        "publish_refusal",
        "read_refusal",
    },
    "batch.dask.worker": {"BatchPlugin", "ask_row", "key_of", "pause", "pauses_of"},
    "batch.engine": {"Engine"},
    "batch.hashes": {"HashMap"},
    "batch.inputs": {
        "OF_START",
        "ReadRow",
        "Rows",
        "checked_requests",
    },
    "batch.jobs.answers": {"failed_row", "missing", "row_of"},
    "batch.jobs.keeping": {"JobKeeping", "NoJobsKept"},
    "batch.jobs.kept": {"KeptJobs"},
    "batch.jobs.lines": {
        "JobLine",
        "custom_id_of",
        "job_line",
        "refuse_functions",
    },
    "batch.jobs.part": {"JobPart", "Names", "Spool"},
    "batch.jobs.rows": {"JobRows"},
    "batch.jobs.service": {"JobService"},
    "batch.jobs.source": {"job_rows"},
    "batch.jobs.submission": {"FollowedJob", "RowSink", "Submission", "fail_rows"},
    "batch.jobs.wanted": {"AnyRows", "Place", "Wanted", "WantedRows"},
    "batch.keeping": {"Keeping", "NothingKept"},
    "batch.local": {"LocalEngine", "Operations"},
    "batch.pacing.budget": {"Budget"},
    "batch.pacing.costs": {"Costs"},
    "batch.pacing.pace": {"Pace", "Sent"},
    "batch.pacing.pacer": {"Pacer"},
    "batch.pacing.pauses": {"Pauses"},
    "batch.pacing.readings": {"Kind", "Reading", "readings"},
    "batch.pacing.width": {"Width"},
    "batch.requests": {"Mode", "RowRequest"},
    "batch.results.index": {"Found", "Index", "Status"},
    "batch.results.kept_rows": {"KeptRows", "uncertain_row"},
    "batch.results.lines": {"marker_line", "row_line", "row_of_line"},
    "batch.results.lock": {"lock"},
    "batch.results.open_file": {"PREFIX", "OpenFile"},
    "batch.results.results_file": {"ResultsFile"},
    "batch.settings": {"BatchSettings", "OnError", "Progress"},
    "batch.source": {"RowSource"},
    "batch.stray_cancels": {"no_stray_cancels"},
    "batch.tally": {"Tally"},
    "batch.task_rows": {"TaskRows"},
    "chat.async_chat": {"delete_chat", "reader_of_turn"},
    "chat.client": {"ChatClient", "ChatOperations"},
    "chat.course": {"ChatCourse", "ChatTurn"},
    "chat.making": {"new_chat", "restored_chat"},
    "chat.person": {"answer_of_person", "asked"},
    "chat.queue": {"Place", "TurnQueue", "held"},
    "chat.saved_chat": {"load", "save"},
    "chat.settings": {
        "LONGEST_BUSY",
        "ChatSettings",
        "Position",
        "Source",
        "check_place",
    },
    "chat.state": {"ChatState"},
    "chat.talk": {"Talk", "check_ask", "is_blank", "is_decided"},
    "sync.runs": {"is_over"},
    "runs.bounds": {"Reached", "has_no_tokens", "reached", "repeated_failure"},
    "runs.calls.answers": {"calls_of", "unanswerable", "unanswered"},
    "runs.calls.approvals": {"Approvals"},
    "runs.calls.decisions": {"Answered", "Approved", "Decision", "Rejected"},
    "runs.calls.execution": {"ContextOf", "Execution", "Mask"},
    "runs.calls.open_call": {"open_calls"},
    "runs.calls.places": {"CallerThread", "Place", "place_of_plain"},
    "runs.calls.threads": {"call_in_thread", "thread_limiter"},
    "runs.calls.together": {"run_together"},
    "runs.calls.sources": {"FunctionSource"},
    "runs.calls.toolset": {"Toolset"},
    "runs.completion_args": {"formatted", "setting", "unforced"},
    "runs.exchange.history": {
        "LastAnswer",
        "given_results",
        "last_answer",
        "read_history",
    },
    "runs.exchange.outbox": {"Outbox"},
    "runs.exchange.replies": {"Replies", "confirmations_of", "rejections", "replies"},
    "runs.exchange.requests": {
        "Operations",
        "Request",
        "appended",
        "first_request",
        "resent",
        "listed",
    },
    "runs.functions.callables": {
        "check_callable",
        "check_name",
        "is_method",
        "name_of",
        "plain_function",
    },
    "runs.functions.docstrings": {"Documentation", "documentation_of"},
    "runs.functions.failures": {"overrun", "reason_of"},
    "runs.functions.media": {"line_of"},
    "runs.functions.overrides": {"Approval", "OnError", "Overrides"},
    "runs.functions.parameters": {
        "AnnotatedParameters",
        "GivenParameters",
        "Parameters",
    },
    "runs.functions.results": {"Answer", "text_of"},
    "runs.functions.signature": {"STARS", "Signature"},
    "runs.loop": {"deadline_of", "run_to_end", "sent", "within_limit"},
    "runs.machine": {"Emit", "OwnEvent", "Run"},
    "runs.mcp.connection": {"Connection", "check_installed", "imported"},
    "runs.mcp.parameters": {
        "MCPApproval",
        "Selection",
        "name_for_model",
        "options_of",
        "texts",
    },
    "runs.mcp.owner": {"Owner"},
    "runs.mcp.library": {"http_session", "page_of", "stdio_session"},
    "runs.mcp.results": {"checked", "problem_of"},
    "runs.pausing.paused_run": {"PausedRun"},
    "runs.pausing.saved_calls": {"SavedAnswer", "SavedCall"},
    "runs.pausing.saved_run": {"load", "save"},
    "runs.plan": {"AT_RESTART", "AT_START", "CALL", "RunPlan"},
    "runs.progress": {"Progress", "added"},
    "runs.state": {"RunState"},
    "runs.streaming.course": {"RunCourse"},
    "runs.streaming.reader": {"RunReader"},
    "runs.streaming.stream": {"run_reader_of"},
    "runs.streaming.work": {"Work"},
    "stream": {"StreamText", "reader_of"},
    "sync.api_client": {"BlockingAPIClient"},
    "sync.caller_loop": {"CallerLoop"},
    "sync.caller_thread": {"CallerThread"},
    "sync.help": {"describe"},
    "sync.loop_thread": {"LoopThread", "SharedLoop", "shared_loop"},
    "sync.methods": {
        "Bridge",
        "Facade",
        "blocking",
        "called_by",
        "batching",
        "chatting",
        "iterating",
        "running",
        "streaming",
        "streaming_run",
    },
    "sync.paging": {"Pages"},
    "sync.portal": {"Portal"},
    "sync.portal_call": {"PortalCall"},
    "sync.run_errors": {"make_blocking"},
    "sync.signal_safe_lock": {"SignalSafeLock"},
    "sync.steps": {"Steps"},
    "sync.stream": {"StreamText"},
    "telemetry.answers": {
        "answer_content",
        "answering_agent",
        "answering_model",
        "token_counts",
        "usage_attributes",
    },
    "telemetry.call_span": {"CallSpan"},
    "telemetry.context": {
        "Entered",
        "Turns",
        "context_with",
        "headers_of",
        "turns_of",
        "with_span",
    },
    "telemetry.ending": {
        "conclude",
        "end_span",
        "error_type",
        "outcome_attributes",
        "outside_of_locks",
    },
    "telemetry.entry_spans": {"record_entries"},
    "telemetry.guard": {"guarded", "is_recording", "is_valid", "log_failure"},
    "telemetry.instruments": {"Attributes", "Instruments", "known"},
    "telemetry.messages": {
        "input_messages",
        "json_text",
        "output_messages",
        "system_instructions",
        "tool_definitions",
        "value_text",
    },
    "telemetry.observer": {"TracingObserver"},
    "telemetry.requests": {"Request"},
    "telemetry.run_spans": {"FunctionSpan", "RunSpan"},
    "telemetry.settings": {"MeterProvider", "TracerProvider", "observer_of"},
}
"""Names that modules with a public path share among themselves."""


def modules() -> list[str]:
    """Return the modules of the package, by their paths inside it."""
    names = (
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
    )
    return sorted(
        name.removesuffix(".__init__")
        for name in names
        if name not in {"__main__", "__init__"}
    )


def public_modules() -> list[str]:
    heads = {module: module.partition(".")[0] for module in modules()}
    return [
        module
        for module, head in heads.items()
        if not head.startswith("_") and head not in PRIVATE
    ]


def names_for_type_checkers() -> dict[str, list[tuple[str, str | None]]]:
    """Read the names that `__init__` imports under TYPE_CHECKING, and their aliases."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    return {
        str(node.module).removeprefix("mistral_conversations."): [
            (alias.name, alias.asname) for alias in node.names
        ]
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }


def block_for_type_checkers() -> str:
    """Write the block under TYPE_CHECKING that the table calls for."""
    lines = ["if TYPE_CHECKING:"]
    for module, names in TABLE.items():
        lines.append(f"    from mistral_conversations.{module} import (")
        lines += [f"        {name} as {name}," for name in sorted(names)]
        lines.append("    )")
    return "\n".join(lines)


def test_type_checkers_see_the_names_of_the_table() -> None:
    wanted = {
        module: [(name, name) for name in sorted(names)]
        for module, names in TABLE.items()
    }
    assert names_for_type_checkers() == wanted, (
        f"the block must be:\n\n{block_for_type_checkers()}\n"
    )


@for_each("module", public_modules())
def test_a_module_with_a_public_path_has_public_names(module: str) -> None:
    """A new name is exported, or listed here as private to the package."""
    home = import_module(f"mistral_conversations.{module}")
    names = set(getattr(home, "__all__", ()))
    assert names - set(TABLE.get(module, ())) == NOT_EXPORTED.get(module, set())


@for_each("module", TABLE)
def test_a_public_name_is_one_of_its_module(module: str) -> None:
    home = import_module(f"mistral_conversations.{module}")
    for name in TABLE[module]:
        assert name in home.__all__
        assert getattr(mistral_conversations, name) is getattr(home, name)


def test_the_public_names_are_those_of_the_table_and_the_version() -> None:
    names = [name for names in TABLE.values() for name in names]
    assert mistral_conversations.__all__ == sorted([*names, "__version__"])
    assert len(names) == len(set(names)) > 140


@for_each("name", ["AsyncMistral", "Mistral", "AsyncConversations"])
def test_what_a_client_answers_with_is_public(name: str) -> None:
    """A class that a method returns can be imported to annotate with it."""
    client = getattr(mistral_conversations, name)
    for method_name, method in inspect.getmembers(client, inspect.isfunction):
        if method_name.startswith("_"):
            continue
        returned = inspect.signature(method).return_annotation
        if returned is inspect.Signature.empty:  # Python 3.14 adds such a function
            continue
        if isinstance(returned, type) and returned.__module__ != "builtins":
            assert returned.__name__ in mistral_conversations.__all__


def test_dir_shows_only_the_public_names() -> None:
    code = "import mistral_conversations as m; print(*dir(m)); m.Agent; print(*dir(m))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines() == [" ".join(mistral_conversations.__all__)] * 2


def test_a_star_import_brings_the_public_names() -> None:
    names: dict[str, Any] = {}
    exec("from mistral_conversations import *", names)
    assert names.keys() - {"__builtins__"} == set(mistral_conversations.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = mistral_conversations.Nothing


@for_each("name", modules())
def test_a_module_lists_exactly_what_it_exports(name: str) -> None:
    module = import_module(f"mistral_conversations.{name}")
    exported = getattr(module, "__all__", [])
    assert len(exported) == len(set(exported))
    assert all(hasattr(module, item) for item in exported)


def test_the_package_alone_imports_nothing_of_it() -> None:
    code = (
        "import sys, mistral_conversations\n"
        "ours = [m for m in sys.modules if m.startswith('mistral_conversations.')]\n"
        "libraries = {'aiohttp', 'anyio', 'attr', 'cattrs', 'msgspec'}\n"
        "others = libraries & sys.modules.keys()\n"
        "print(ours, others)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "['mistral_conversations._version'] set()"


PUBLIC_CLASSES = {
    name: value
    for package in (mistral_conversations, mistral_conversations.server)
    for name in package.__all__
    if isinstance(value := getattr(package, name), type)
    and value.__module__ != "builtins"
}


def test_there_are_classes_to_check() -> None:
    assert len(PUBLIC_CLASSES) > 100


@for_each("name", PUBLIC_CLASSES)
def test_a_public_class_names_the_module_it_is_imported_from(name: str) -> None:
    cls = PUBLIC_CLASSES[name]
    of_server = hasattr(mistral_conversations.server, name)
    home = mistral_conversations.server if of_server else mistral_conversations
    assert cls.__module__ == home.__name__
    assert pickle.loads(pickle.dumps(cls)) is cls
    assert typing.get_type_hints(cls) is not None
    assert "__firstlineno__" not in vars(cls)


@for_each("module", modules())
def test_no_other_class_names_a_public_module(module: str) -> None:
    """A private class stays where it can be imported from, and so do subclasses."""
    for name, value in vars(import_module(f"mistral_conversations.{module}")).items():
        if isinstance(value, type) and value.__module__ in {
            "mistral_conversations",
            "mistral_conversations.server",
        }:
            assert PUBLIC_CLASSES[value.__name__] is value, name


def test_a_subclass_of_a_user_keeps_its_own_module() -> None:
    class Mine(mistral_conversations.NotFoundError):
        pass

    assert Mine.__module__ == __name__


def test_a_traceback_names_an_error_as_it_is_imported() -> None:
    code = (
        "from mistral_conversations.errors import APIConnectionError as E; raise E('x')"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    last = out.stderr.splitlines()[-1]
    assert last == "mistral_conversations.APIConnectionError: x"
