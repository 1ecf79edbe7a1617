"""Work inside a block: claim at its start, renew meanwhile, finish at its end.

    with board.work(agent="builder", wait=30) as job:
        if job.none is None:
            job.deliver(summary=build(job.briefing), critical={"artifact": "dist/app.whl"})

At the end of the block the job is done with what was delivered. An exception fails it with its
text, an interruption (KeyboardInterrupt, a cancelled async task) gives it back; both are raised
again. While the block runs, a thread renews the lease and sets `job.cancelled` as soon as the lease
is taken away, by any process. `board.work_async(...)` is the same for anyio and asyncio.
"""

from __future__ import annotations

from headwater.worker.asynchronous import AsyncCancellation, AsyncJob, work_async
from headwater.worker.cancellation import Cancellation
from headwater.worker.job import Delivery, Job, Options, work

__all__ = [
    "AsyncCancellation",
    "AsyncJob",
    "Cancellation",
    "Delivery",
    "Job",
    "Options",
    "work",
    "work_async",
]
