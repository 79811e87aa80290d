import Fastify, { type FastifyInstance } from "fastify";
import type { Clock } from "../../../keepers/core/clock.js";
import { bytesToHex, hexToBytes } from "../../../keepers/protocol/bytes.js";
import { recoverAddress } from "../../../keepers/protocol/signing.js";
import { sessionDigest, type SigningDomain } from "../../../keepers/protocol/typedData.js";

export const domain: SigningDomain = { chainId: 31_337n, verifyingContract: `0x${"11".repeat(20)}` };
export const owner = `0x${"22".repeat(20)}`;

interface SessionRequest {
  readonly node: string;
  readonly challenge: string;
  readonly expiresAt: number;
  readonly signature: string;
  readonly operator?: string;
}

/** An answer that replaces the usual one. */
export interface Scripted {
  readonly status: number;
  readonly body: unknown;
}

/** A small oracle that keeps to the dAuth contract: real challenges, used once, and real signatures. */
export class TestOracle {
  /** Answers instead of the usual ones, each used once. */
  readonly challengeAnswers: Scripted[] = [];
  readonly sessionAnswers: Scripted[] = [];
  readonly proofAnswers: Scripted[] = [];
  readonly requests: string[] = [];
  readonly sessionRequests: SessionRequest[] = [];
  /** Answers every session request unless undefined. */
  refusal: { readonly code: string; readonly message: string } | undefined;
  /** Fields that replace those of the usual session. */
  session: Readonly<Record<string, unknown>> = {};
  readonly #clock: Clock;
  readonly #challenges = new Set<string>();
  readonly #server: FastifyInstance;
  #url = "";
  #next = 0;

  constructor(dependencies: { readonly clock: Clock }) {
    this.#clock = dependencies.clock;
    this.#server = Fastify();
    this.#server.post("/dauth/challenge", (_request, reply) => this.#answer(reply, this.#challenge()));
    this.#server.post("/dauth/session", (request, reply) =>
      this.#answer(reply, this.#grant(request.body as SessionRequest)),
    );
    this.#server.get("/epochs/latest/proofs/:deed", (request, reply) =>
      this.#answer(reply, this.#proof((request.params as { deed: string }).deed)),
    );
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<this> {
    this.#url = await this.#server.listen({ host: "127.0.0.1", port: 0 });
    return this;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #answer(reply: { code(status: number): { send(body: unknown): unknown } }, { status, body }: Scripted): unknown {
    return reply.code(status).send(body);
  }

  #challenge(): Scripted {
    this.requests.push("challenge");
    const scripted = this.challengeAnswers.shift();
    if (scripted !== undefined) return scripted;
    const challenge = bytesToHex(new Uint8Array(32).fill(++this.#next));
    this.#challenges.add(challenge);
    return { status: 200, body: { challenge, expiresAt: this.#seconds() + 60 } };
  }

  #grant(request: SessionRequest): Scripted {
    this.requests.push("session");
    this.sessionRequests.push(request);
    const scripted = this.sessionAnswers.shift();
    if (scripted !== undefined) return scripted;
    const known = this.#challenges.delete(request.challenge);
    if (!known || !isSigned(request)) return { status: 401, body: { code: "CHALLENGE", message: "used or unknown" } };
    if (this.refusal !== undefined) return { status: 403, body: this.refusal };
    return { status: 200, body: { ...usualSession(request.node, this.#seconds()), ...this.session } };
  }

  #proof(deed: string): Scripted {
    this.requests.push(`proof ${deed}`);
    return this.proofAnswers.shift() ?? { status: 404, body: { code: "NO_LEAF", message: "no leaf" } };
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}

function usualSession(node: string, now: number): Record<string, unknown> {
  return {
    node,
    deed: "ND:5",
    owner,
    brokerUrl: "mqtt://127.0.0.1:1883",
    username: node,
    password: "pass-phrase-of-the-session",
    expiresAt: now + 600,
    epoch: { genesis: 1_700_000_000, duration: 86_400, slotSeconds: 20 },
    heartbeat: { intervalMs: 10_000, freshBlocks: 256 },
    oracles: ["http://127.0.0.1:1"],
  };
}

function isSigned({ node, challenge, expiresAt, signature }: SessionRequest): boolean {
  const digest = sessionDigest(domain, { node, challenge, expiresAt: BigInt(expiresAt) });
  return recoverAddress(digest, hexToBytes(signature)) === node;
}
