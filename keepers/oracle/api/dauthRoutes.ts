import type { FastifyInstance } from "fastify";
import { KeeperError } from "../../core/errors.js";
import { addressText, answers, hashText, list, object, signatureText, text, whole } from "../../core/http/schemas.js";
import { ApiError } from "../../core/http/apiError.js";
import type { BrokerAdmin } from "../dauth/brokerAdmin.js";
import type { Credentials } from "../dauth/credentials.js";
import type { SessionRequest, Sessions } from "../dauth/sessions.js";

const tags = ["dAuth"];
const seconds = { type: "integer", minimum: 0, maximum: 2 ** 40, description: "Unix seconds" } as const;

const challengeAnswer = object({ challenge: hashText, expiresAt: seconds });

const sessionBody = object(
  { node: addressText, challenge: hashText, expiresAt: seconds, signature: signatureText, operator: addressText },
  ["operator"],
);

const sessionAnswer = object({
  node: addressText,
  deed: text,
  owner: addressText,
  brokerUrl: text,
  username: text,
  password: text,
  expiresAt: seconds,
  epoch: object({ genesis: whole, duration: whole, slotSeconds: whole }),
  heartbeat: object({ intervalMs: whole, freshBlocks: whole }),
  oracles: list(text),
});

const credentialsBody = object({
  username: { type: "string", minLength: 1, maxLength: 128 },
  password: { type: "string", minLength: 1, maxLength: 256 },
});

export interface DauthRouteDependencies {
  readonly sessions: Sessions;
  /** When this oracle administers a broker. */
  readonly admin?: Pick<BrokerAdmin, "grant"> | undefined;
}

/** The handshake in which a node proves its key and its licence, and gets credentials for the broker. */
export function dauthRoutes(app: FastifyInstance, { sessions, admin }: DauthRouteDependencies): void {
  app.post<{ Body: { node: string } }>(
    "/dauth/challenge",
    {
      schema: {
        tags,
        summary: "A challenge for a node to sign",
        body: object({ node: addressText }),
        response: answers(challengeAnswer),
      },
    },
    ({ body }) => sessions.challenge(body.node.toLowerCase()),
  );
  app.post<{ Body: SessionRequest }>(
    "/dauth/session",
    {
      schema: {
        tags,
        summary: "A session for a node that signed its challenge (EIP-712 Session); 403 names the condition that fails",
        body: sessionBody,
        response: answers(sessionAnswer),
      },
    },
    ({ body }, reply) => {
      void reply.header("cache-control", "no-store");
      return sessions.open(normalise(body));
    },
  );
  app.post<{ Body: Credentials }>(
    "/dauth/broker",
    {
      schema: {
        tags,
        summary: "Makes credentials that an oracle issued known to the broker that this oracle administers",
        body: credentialsBody,
        response: answers(object({ username: text })),
      },
    },
    async ({ body }) => {
      await grant(admin, body);
      return { username: body.username };
    },
  );
}

async function grant(admin: Pick<BrokerAdmin, "grant"> | undefined, credentials: Credentials): Promise<void> {
  if (admin === undefined) throw new ApiError(404, "NO_ADMINISTRATOR", "this oracle does not administer a broker");
  try {
    await admin.grant(credentials);
  } catch (error) {
    if (!(error instanceof KeeperError)) throw error;
    throw new ApiError(error.retriable ? 503 : 403, error.code, error.message);
  }
}

function normalise({ node, challenge, signature, operator, expiresAt }: SessionRequest): SessionRequest {
  return {
    node: node.toLowerCase(),
    challenge: challenge.toLowerCase(),
    signature: signature.toLowerCase(),
    operator: operator?.toLowerCase(),
    expiresAt,
  };
}
