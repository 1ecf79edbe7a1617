"""The MCP adapter: the eleven tools, the resources and the prompts, over stdio and HTTP.

    instructions, tools, schema, hints, prompts     what a client is shown
    results, explaining                             how a reply and an error look
    identity, sessions, waiting, changes, opening   what happens around a call
    resources, updates                              what can be read and followed
    service                                         puts these together
    adapter                                         the only module that knows the SDK's details
    stdio, stdio_loop, wire, malformed, renewal     one host window
    http, http_app, http_connection, names, gate,
    keys, oauth, throttle, presence,
    board_servers                                   many clients
    events, health, meter                           pages beside MCP
    logs, heap                                      what goes to stderr; memory
    reference                                       writes docs/tools.md

Import `headwater.server.stdio` or `headwater.server.http`; both load the rest when they serve.
"""
