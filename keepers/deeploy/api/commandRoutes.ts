import type { EventEmitter } from "node:events";
import type { FastifyInstance } from "fastify";
import { addressText, answers, object } from "../../core/http/schemas.js";
import { JobRight } from "../../protocol/jobRights.js";
import type { Access } from "../jobs/access.js";
import type { Commands } from "../jobs/commands.js";
import type { EventFeed } from "../jobs/eventFeed.js";
import type { JobEvent } from "../views.js";
import type { Guard } from "./guard.js";
import type { JobPath } from "./jobRoutes.js";
import { commandBody, jobParams, outcomesAnswer, walletSigned } from "./schemas.js";
import { ndjson, type Streams } from "./streams.js";

export interface CommandRouteDependencies {
  readonly guard: Guard;
  readonly access: Access;
  readonly commands: Commands;
  readonly events: EventFeed;
  readonly streams: Streams;
}

/** Bytes; a node takes no more. */
const COMMAND_BODY_LIMIT = 4_096;
const tags = ["nodes of a job"];
const name = { type: "string", maxLength: 31 } as const;
const digits = { type: "string", pattern: "^[0-9]{1,16}$" } as const;
const targetQuery = { node: addressText, container: name };

/** What is asked of the nodes that serve a job; each of them checks the wallet's signature and rights itself. */
export function commandRoutes(app: FastifyInstance, dependencies: CommandRouteDependencies): void {
  operateRoute(app, dependencies, "restart", "Restarts containers");
  operateRoute(app, dependencies, "stop", "Stops containers until they are started; the job is paid for all the same");
  operateRoute(app, dependencies, "start", "Starts containers that were stopped");
  stateRoute(app, dependencies);
  logRoute(app, dependencies);
  eventRoute(app, dependencies);
}

function operateRoute(
  app: FastifyInstance,
  { guard, commands }: CommandRouteDependencies,
  kind: "restart" | "stop" | "start",
  summary: string,
): void {
  app.post<{ Params: JobPath }>(
    `/jobs/:jobId/${kind}`,
    {
      bodyLimit: COMMAND_BODY_LIMIT,
      preValidation: guard.signed,
      schema: {
        tags,
        summary: `${summary}; gives what each node says to it (right 16)`,
        security: walletSigned,
        params: jobParams,
        body: commandBody,
        response: answers(outcomesAnswer),
      },
    },
    async (request, reply) => ({
      nodes: await commands.run(guard.callerOf(request), guard.bodyOf(request), goneSignal(reply)),
    }),
  );
}

function stateRoute(app: FastifyInstance, { guard, commands }: CommandRouteDependencies): void {
  app.get<{ Params: JobPath }>(
    "/jobs/:jobId/state",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary: "How the job's containers stand on each node, as it says itself (right 32)",
        security: walletSigned,
        params: jobParams,
        querystring: object(targetQuery, ["node", "container"]),
        response: answers(outcomesAnswer),
      },
    },
    async (request, reply) => ({
      nodes: await commands.run(guard.callerOf(request), guard.bodyOf(request), goneSignal(reply)),
    }),
  );
}

function logRoute(app: FastifyInstance, { guard, commands, streams }: CommandRouteDependencies): void {
  const querystring = object(
    {
      ...targetQuery,
      tail: { ...digits, description: "lines of before; default 100" },
      since: { ...digits, description: "milliseconds since 1970" },
      follow: { ...digits, description: "seconds for which new lines are told as they come; default 0" },
    },
    ["node", "container", "tail", "since", "follow"],
  );
  app.get<{ Params: JobPath }>(
    "/jobs/:jobId/logs",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary:
          "Lines that the job's containers write: {node, container, at, stream, text} or {node, error} a line (right 32)",
        security: walletSigned,
        params: jobParams,
        querystring,
        response: streamAnswer("application/x-ndjson", "one JSON object a line"),
      },
    },
    (request, reply) => {
      const caller = guard.callerOf(request);
      return streams.send(reply, caller.account, "application/x-ndjson", async (signal) =>
        ndjson(await commands.logs(caller, signal)),
      );
    },
  );
}

function eventRoute(app: FastifyInstance, { guard, access, events, streams }: CommandRouteDependencies): void {
  app.get<{ Params: JobPath }>(
    "/jobs/:jobId/events",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary:
          "Job as it stands, then what happens: contract events by their names, each with Job after it, and NodeState (right 32)",
        security: walletSigned,
        params: jobParams,
        response: streamAnswer("text/event-stream", "server-sent events whose data is {jobId, at, …}"),
      },
    },
    async (request, reply) => {
      const { account } = guard.callerOf(request);
      const { jobId } = await access.require(BigInt(request.params.jobId), account, JobRight.LOGS);
      return streams.send(reply, account, "text/event-stream", (signal) =>
        Promise.resolve(serverSent(events.follow(jobId, signal))),
      );
    },
  );
}

function streamAnswer(contentType: string, description: string): Record<string, unknown> {
  const { 200: _ok, ...failures } = answers({});
  return { 200: { description, content: { [contentType]: { schema: { type: "string" } } } }, ...failures };
}

async function* serverSent(events: AsyncIterable<JobEvent | undefined>): AsyncGenerator<string> {
  yield ": following\n\n";
  for await (const event of events) {
    if (event === undefined) {
      yield ": nothing new\n\n";
      continue;
    }
    const { type, jobId, at, details } = event;
    yield `event: ${type}\ndata: ${JSON.stringify({ jobId: Number(jobId), at, ...details })}\n\n`;
  }
}

/** Aborts when the client is gone before its answer. */
function goneSignal({ raw }: { readonly raw: EventEmitter }): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => {
    gone.abort();
  });
  return gone.signal;
}
