"""The MCP adapter: the eleven tools, the resources and the prompts, over stdio and HTTP.

    instructions, schema, tools, prompts    what a client is shown
    results                                 how a reply and an error look
    identity, sessions, waiting, changes,
    opening                                 what happens around a call
    resources, updates                      what can be read and followed
    service                                 puts these together
    adapter                                 the only module that knows the SDK's details
    stdio, wire, renewal, http              the two transports
    logs                                    what goes to stderr
    reference                               writes docs/tools.md

Import `headwater.server.stdio` or `headwater.server.http`; both load the rest when they serve.
"""
