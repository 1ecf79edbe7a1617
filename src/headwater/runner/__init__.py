"""The runner: agents as child processes in git worktrees of their own, merged when accepted.

`run.Run` is a run; `git` is all that it asks of git. See docs/runner.md.
"""
