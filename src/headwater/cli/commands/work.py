"""Commands of a worker: join, claim, check, finish, tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from headwater.cli.agent import WINDOW
from headwater.cli.app import command
from headwater.cli.arguments import given, json_pairs, known_lease, names, pairs, read_text
from headwater.cli.invocation import Invocation, answered
from headwater.cli.options import Repeat, Words
from headwater.cli.patience import Seconds, of_one_call, patience
from headwater.cli.render import briefing, sentences
from headwater.cli.render.sentences import listed
from headwater.errors import BadRequest

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.verbs.sessions import Held, JoinReply

NOTHING_TO_CLAIM: Final = 3
"""The exit code, by which a loop in a shell knows that it got no task."""
Lease = Annotated[
    str, typer.Option(help="From claim; else HEADWATER_LEASE, else the only one you hold.")
]
Size = Annotated[
    str, typer.Option(metavar="short|normal|full", help="How long the briefing may be.")
]
Tokens = Annotated[int | None, typer.Option(metavar="N", help="Used so far.")]
Usd = Annotated[float | None, typer.Option(metavar="N", help="Spent so far.")]


@command("join")
def join(
    run: Invocation,
    capabilities: Words = [],
    window: Annotated[
        str, typer.Option(metavar="NAME", help="Tells your shells apart, if you use several.")
    ] = WINDOW,
    parent: Annotated[
        str, typer.Option(help="The session of the agent that started this one.")
    ] = "",
    take: Annotated[bool, typer.Option(help="Take the session over from another window.")] = False,
) -> None:
    """Open your session, go on with it, or resume another (--session).

    Needed to say your capabilities; the other commands join by themselves."""
    more = given(capabilities=names(capabilities), parent=parent, take=take)
    apart = bool(parent) or window != WINDOW
    with run.opened(create=True) as board:
        if apart:
            reply = _apart(run, board, more | {"window": window})
        else:
            reply = run.own_session.join(board, more, run.session)
    run.answer(reply, sentences.joined_apart if apart else sentences.joined)


def _apart(run: Invocation, board: Board, more: dict[str, Any]) -> JoinReply:
    """A session beside the agent's own: commands that are to use it name it."""
    from headwater.cli.own_session import join_from_here

    return join_from_here(board, given(agent=run.agent_name, session=run.session) | more)


@command(
    "claim",
    examples=(
        "headwater claim                # whatever is next for you",
        "headwater claim api            # this task",
        "headwater claim --kind review  # somebody's result, to approve or reject",
    ),
)
def claim(
    run: Invocation,
    task: Annotated[str, typer.Argument(metavar="TASK")] = "",
    kind: Annotated[
        str, typer.Option(metavar="any|work|review|handoff", help="What to take.")
    ] = "any",
    wait: Seconds = 0,
    brief: Size = "normal",
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take TASK from its holder.")
    ] = False,
    request: Repeat = "",
) -> None:
    """Take the next task (or TASK) and print its briefing and lease.

    If you hold one, that is printed again. Exit code 3: there is nothing to claim."""
    from headwater.verbs.work import Briefing, ClaimRequest

    arguments = given(task=task, kind=kind, wait=of_one_call(wait), brief=brief,
                      take_over=take_over, request=request)  # fmt: skip
    reply = run.call_as_worker(ClaimRequest, arguments, Briefing, patience(wait))
    run.answer(reply, briefing.show)
    if reply.none is not None:
        raise typer.Exit(NOTHING_TO_CLAIM)


@command("check")
def check(
    run: Invocation,
    lease: Lease = "",
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="How far it is; whoever goes on will read it.")
    ] = "",
    progress: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="How much is done.")
    ] = None,
    tokens: Tokens = None,
    usd: Usd = None,
    wait: Seconds = 0,
    seen: Annotated[
        int | None, typer.Option(help="The newest notice you have dealt with.", metavar="ID")
    ] = None,
    leave: Annotated[bool, typer.Option(help="End the session; give back what it holds.")] = False,
) -> None:
    """Renew your lease, leave a note, read your notices."""
    from headwater.verbs.work import CheckReply, CheckRequest

    if not (run.session or leave):
        lease = lease or known_lease()
    arguments = given(lease=lease, note=note, progress=progress, wait=of_one_call(wait),
                      seen=seen, leave=leave, cost=given(tokens=tokens, usd=usd))  # fmt: skip
    if lease:  # it says whose session it is
        reply = run.call(CheckRequest.parse(arguments), CheckReply, wait_s=patience(wait))
    else:
        reply = run.call_as_worker(CheckRequest, arguments, CheckReply, patience(wait))
    run.answer(reply, sentences.checked)


@command(
    "finish",
    examples=(
        "headwater finish --summary 'REST on 8080' --critical port=8080",
        "headwater finish --outcome failed --notes 'the tests need a display'",
        "headwater finish --outcome blocked --summary 'Which database may I use?'",
    ),
)
def finish(
    run: Invocation,
    lease: Lease = "",
    outcome: Annotated[
        str,
        typer.Option(
            metavar="done|failed|release|handoff|blocked|approve|reject|amend",
            help="How it ended; approve and reject end a review, amend corrects what is unread.",
        ),
    ] = "done",
    summary: Annotated[
        str, typer.Option(metavar="TEXT", help="What was done, or the question.")
    ] = "",
    critical: Annotated[
        list[str], typer.Option(metavar="NAME=VALUE|JSON", help="What others rely on. Repeatable.")
    ] = [],
    artifact: Annotated[
        list[str], typer.Option(metavar="NAME=PATH|URI", help="Where something lies. Repeatable.")
    ] = [],
    commit: Annotated[
        str,
        typer.Option(metavar="BRANCH@COMMIT", help="Where the paths of --artifact are committed."),
    ] = "",
    artifact_file: Annotated[
        list[str], typer.Option(help="Keep the file's text here.", metavar="NAME=FILE")
    ] = [],
    delivered: Annotated[
        list[str],
        typer.Option(
            metavar="CONSUMER=TEXT", help="Answers a promise; `same`: as before. Repeatable."
        ),
    ] = [],
    changed: Annotated[
        list[str],
        typer.Option(
            metavar="KEY,...",
            help="In a later round: consumers to be told of new words (summary, --delivered). "
            "Without it only changed values and artifacts are told.",
        ),
    ] = [],
    evidence: Annotated[
        list[str],
        typer.Option(metavar="ITEM=TEXT", help="Shows an acceptance item, by number."),
    ] = [],
    notes: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="The reason, unless done; what a review saw: the next attempt is given a "
            "rejection's, nobody an approval's.",
        ),
    ] = "",
    tokens: Tokens = None,
    usd: Usd = None,
    to: Annotated[
        str, typer.Option(help="Of a handoff: for whom; else whoever claims next.", metavar="AGENT")
    ] = "",
    claim_next: Annotated[
        bool, typer.Option("--claim-next", help="Take the next at once.")
    ] = False,
    brief: Size = "normal",
) -> None:
    """End your attempt or review."""
    from headwater.verbs.work import Finished, FinishRequest

    arguments = given(
        outcome=outcome, summary=summary, critical=json_pairs(critical, "--critical"),
        artifacts=_artifacts(artifact, artifact_file, commit),
        delivered=pairs(delivered, "--delivered"), changed=names(changed),
        evidence=pairs(evidence, "--evidence"), notes=notes,
        cost=given(tokens=tokens, usd=usd), to=to, claim_next=claim_next, brief=brief,
    )  # fmt: skip
    lease = lease or known_lease()
    request = FinishRequest.parse(arguments | {"lease": lease})
    if commit:
        from headwater.committed import with_objects

        request = with_objects(request)
    with run.opened() as board:
        if not lease:
            lease = _lease_for(outcome, run, board)
            request = request.model_copy(update={"lease": lease})
        reply = answered(board, request, Finished)
    run.answer(reply, sentences.finished)


@command("tell")
def tell(
    run: Invocation,
    to: Annotated[str, typer.Argument(metavar="TO")],
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    task: Annotated[str, typer.Option(metavar="KEY", help="What it is about.")] = "",
    topic: Annotated[
        str, typer.Option(metavar="NAME", help="Lets readers pass over what is not for them.")
    ] = "",
    request: Repeat = "",
) -> None:
    """Tell agents something. TO: agent:NAME, workers[:CAPABILITY], reviewers, planners, all; or
    rules, for what every briefing shall say, too (rules:new: and nothing else)."""
    from headwater.verbs.work import TellReply, TellRequest

    asked = given(to=to, text=text, task=task, topic=topic, request=request)
    run.answer(run.call_as_worker(TellRequest, asked, TellReply), sentences.told)


def _lease_for(outcome: str, run: Invocation, board: Board) -> str:
    """What this outcome would end, if it can be nothing else."""
    if outcome == "amend":
        return _only_lease(run.amendable(board), run.agent_name, _NOTHING_TO_AMEND)
    if_none = _NO_REVIEW_HELD if outcome in _VERDICTS else _NOTHING_HELD
    return _only_lease(_ended_by(outcome, run.held(board)), run.agent_name, if_none)


def _ended_by(outcome: str, held: list[Held]) -> list[Held]:
    """A verdict ends a review, and a delivery ends work."""
    kind = {**dict.fromkeys(_VERDICTS, "review"), "done": "work", "": "work"}.get(outcome)
    return [one for one in held if one.kind == kind] or held


_VERDICTS: Final = ("approve", "reject")
_NOTHING_HELD: Final = (
    "holds nothing",
    "headwater check says what became of it; if you are somebody else, or claimed in another "
    "session, --agent or --session says so",
)
_NO_REVIEW_HELD: Final = (
    "holds no review",
    "headwater rework TASK FEEDBACK sends back what you have approved; "
    "headwater claim TASK takes a review",
)
_NOTHING_TO_AMEND: Final = (
    "has delivered nothing that could be amended",
    "headwater rework TASK FEEDBACK opens another round of what is accepted; headwater tell "
    "reviewers TEXT --task TASK says it to a reviewer",
)


def _only_lease(found: list[Held], agent: str, if_none: tuple[str, str]) -> str:
    if not found:
        says, advice = if_none
        raise BadRequest(f"{agent} {says}", next=advice)
    if len(found) > 1:
        leases = ", ".join(f"{one.task}: {one.lease}" for one in found)
        raise BadRequest(
            f"{agent} may mean {listed([one.task for one in found])}",
            next=f"name the lease of one with --lease ({leases})",
        )
    return found[0].lease


def _artifacts(places: list[str], files: list[str], commit: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, place in pairs(places, "--artifact").items():
        found.append({"name": name, "uri" if "://" in place else "path": place})
    committed = [one for one in found if "path" in one]
    if commit and not committed:
        raise BadRequest(
            "--commit belongs to --artifact NAME=PATH", next="say what is committed there"
        )
    for one in committed if commit else ():
        one["commit"] = commit
    for name, file in pairs(files, "--artifact-file").items():
        found.append({"name": name, "text": read_text(file)})
    return found
