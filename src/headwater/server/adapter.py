"""The seam to the MCP SDK: the only module that knows its private and provisional parts.

Built on the SDK's low-level `Server`, because the high-level one drops unknown arguments silently,
rewrites errors, and offers no hook for `resources/subscribe`. What is not public API, all of it
here, each with a test:
  - `ServerSession._connection`, to forget the subscriptions of a connection that ends;
  - `StreamableHTTPSessionManager._session_owners`, to bound a credential's connections;
  - that a `ServerSession` may still notify after its request has been answered.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import anyio
from mcp import types
from mcp.server import CacheHint, Server, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError

from headwater import limits
from headwater.errors import BadRequest, HeadwaterError, LimitExceeded
from headwater.server.explaining import explained, refused
from headwater.server.instructions import INSTRUCTIONS
from headwater.server.presence import while_present
from headwater.server.prompts import PROMPTS, PromptFace
from headwater.server.resources import GRAPH, RESOURCES, TEMPLATES, ResourceFace, request_for
from headwater.server.results import internal
from headwater.server.tools import BY_NAME, listing
from headwater.server.updates import Publish

log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]

_CONSTANT: Final = CacheHint(ttl_ms=3_600_000, scope="public")
"""Lists that only a new version of this package changes."""
UNREAD_S: Final = 5.0
"""Who has not read a notification after this time is forgotten: the others wait for it."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What the transport knows about a call."""

    client_name: str
    request_id: str | int | None
    progress: Callable[[float, float, str], Awaitable[None]]
    scope: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The ASGI scope of the HTTP request; empty over stdio."""


class Calls(Protocol):
    """What the adapter asks of the service behind it."""

    async def call(
        self, name: str, arguments: dict[str, Any], context: CallContext
    ) -> types.CallToolResult: ...

    async def read(self, uri: str, context: CallContext) -> tuple[str, str]: ...

    def prompt(self, name: str, arguments: dict[str, str]) -> tuple[PromptFace, str]: ...

    def replied(self) -> None: ...


class Follows(Protocol):
    """Who watches the board for those who follow resources."""

    def add(self, uris: list[str]) -> None: ...

    def remove(self, uris: list[str]) -> None: ...

    async def ready(self) -> None: ...


@dataclass(slots=True)
class _Subscriber:
    """A connection of the older protocol and the resources it follows."""

    session: ServerSession
    uris: set[str] = field(default_factory=set[str])


class Adapter:
    """One MCP server, for both protocol eras and any transport."""

    def __init__(self, calls: Calls, version: str, follows: Callable[[Publish], Follows]) -> None:
        self._calls = calls
        self._follows = follows(self._publish)
        self._bus = InMemorySubscriptionBus()
        self._listeners = ListenHandler(self._bus)
        self._subscribers: dict[int, _Subscriber] = {}
        self._tools = [types.Tool.model_validate(tool) for tool in listing()]
        self.server: Server[Any] = Server(
            "headwater",
            version=version,
            title="Headwater",
            instructions=INSTRUCTIONS,
            get_tool_input_schema=_no_header_parameters,
            cache_hints={
                "tools/list": _CONSTANT,
                "prompts/list": _CONSTANT,
                "resources/list": _CONSTANT,
                "resources/templates/list": _CONSTANT,
            },
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_subscribe_resource=self._subscribe,
            on_unsubscribe_resource=self._unsubscribe,
            on_subscriptions_listen=self._listen,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
        )
        self.server.middleware.append(explained)

    async def _publish(self, uri: str) -> None:
        """Tell all who follow a resource that it changed."""
        await self._bus.publish(ResourceUpdated(uri=uri))
        for connection, subscriber in list(self._subscribers.items()):
            if uri in subscriber.uris:
                with anyio.move_on_after(UNREAD_S) as patience:
                    await subscriber.session.send_resource_updated(uri)
                if patience.cancelled_caught:
                    log.warning("a client that does not read is not told of changes any more")
                    self._forget(connection)

    def close_streams(self) -> None:
        """End open listen streams gracefully; a server with open ones does not stop."""
        self._listeners.close()

    # -- tools -----------------------------------------------------------------------------------

    async def _list_tools(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        self._calls.replied()
        return types.ListToolsResult(tools=self._tools)

    async def _call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in BY_NAME:
            known = ", ".join(BY_NAME)
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool. The tools are: {known}.")
        context = _context(ctx)
        with while_present(context.scope):
            return await self._calls.call(params.name, params.arguments or {}, context)
        raise MCPError(types.INTERNAL_ERROR, "The request is over.")  # nobody is there to read it

    # -- resources -------------------------------------------------------------------------------

    async def _list_resources(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(
            resources=[types.Resource(uri=face.uri, **_listed(face)) for face in RESOURCES]
        )

    async def _list_templates(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(uri_template=face.uri, **_listed(face)) for face in TEMPLATES
            ]
        )

    async def _read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            text, mime_type = await self._calls.read(uri, _context(ctx))
        except HeadwaterError as error:
            its_fault = isinstance(error, BadRequest)
            code = types.INVALID_PARAMS if its_fault else types.INTERNAL_ERROR
            raise MCPError(code, error.message, {**error.as_dict(), "uri": uri}) from error
        except Exception as error:  # the SDK would send its text: nothing may leak
            report = internal("resources/read", error)
            data = {**report, "uri": uri}
            raise MCPError(types.INTERNAL_ERROR, report["error"], data) from error
        content = types.TextResourceContents(uri=uri, text=text, mime_type=mime_type)
        return types.ReadResourceResult(contents=[content])

    # -- following resources ---------------------------------------------------------------------

    async def _listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        uris = list(params.notifications.resource_subscriptions or ())
        if not uris:  # most hosts listen for changed lists only: there are none
            return await self._listeners(ctx, params)
        _demand_followable(uris, len(uris))
        self._follows.add(uris)
        try:
            await self._follows.ready()
            return await self._listeners(ctx, params)
        finally:
            self._follows.remove(uris)

    async def _subscribe(
        self, ctx: Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        uri = str(params.uri)
        connection = ctx.session._connection  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
        subscriber = self._subscribers.get(id(connection))
        followed = subscriber.uris if subscriber else set[str]()
        _demand_followable([uri], len(followed | {uri}))
        if subscriber is None:
            subscriber = self._subscribers[id(connection)] = _Subscriber(ctx.session)
            connection.exit_stack.callback(self._forget, id(connection))
        if uri not in subscriber.uris:
            subscriber.uris.add(uri)
            self._follows.add([uri])
            await self._follows.ready()
        return types.EmptyResult()

    async def _unsubscribe(
        self, ctx: Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        connection = ctx.session._connection  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
        subscriber = self._subscribers.get(id(connection))
        uri = str(params.uri)
        if subscriber is not None and uri in subscriber.uris:
            subscriber.uris.discard(uri)
            self._follows.remove([uri])
        return types.EmptyResult()

    def _forget(self, connection: int) -> None:
        subscriber = self._subscribers.pop(connection, None)
        if subscriber is not None:
            self._follows.remove(list(subscriber.uris))

    # -- prompts ---------------------------------------------------------------------------------

    async def _list_prompts(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[_listed_prompt(face) for face in PROMPTS])

    async def _get_prompt(
        self, _ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        try:
            face, text = self._calls.prompt(params.name, params.arguments or {})
        except HeadwaterError as error:
            raise refused(error) from error
        content = types.TextContent(type="text", text=text)
        return types.GetPromptResult(
            description=face.description,
            messages=[types.PromptMessage(role="user", content=content)],
        )


def connections_of(manager: StreamableHTTPSessionManager, credential: str) -> int:
    """How many connections of the older protocol a credential has open."""
    owners = manager._session_owners  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
    return sum(owner["client_id"] == credential for owner in owners.values())


def _demand_followable(uris: list[str], in_all: int) -> None:
    """Refuse what is no resource, and more than a connection may follow."""
    try:
        for uri in uris:
            request_for(uri)
        if in_all > limits.SUBSCRIPTIONS:
            raise LimitExceeded(
                f"{in_all} resources are more than the {limits.SUBSCRIPTIONS} that can be followed",
                next=f"follow {GRAPH}, which changes with every task",
            )
    except HeadwaterError as error:
        raise refused(error) from error


def _no_header_parameters(_tool: str) -> None:
    """No argument of a tool is repeated in an HTTP header. Left to find that out, the SDK lists
    all tools at every call."""


def _context(ctx: Context) -> CallContext:
    params = ctx.session.client_params
    name = params.client_info.name if params else ""
    scope: Mapping[str, Any] = getattr(ctx.request, "scope", {})
    return CallContext(name, ctx.request_id, ctx.session.report_progress, scope)


def _listed(face: ResourceFace) -> dict[str, Any]:
    return {"name": face.name, "description": face.description, "mime_type": face.mime_type}


def _listed_prompt(face: PromptFace) -> types.Prompt:
    argument = types.PromptArgument(
        name=face.argument, description=face.argument_help, required=False
    )
    return types.Prompt(name=face.name, description=face.description, arguments=[argument])
