import { hexlify, randomBytes, verifyTypedData } from "ethers";
import createClient, { type Client, type Middleware } from "openapi-fetch";
import { encryptionKeyData } from "../keepers/protocol/deeployKey.js";
import {
  type DeeployRequest,
  deeployRequestData,
  REQUEST_HEADERS,
  requestBodyHash,
} from "../keepers/protocol/deeployRequest.js";
import type { SigningDomain } from "../keepers/protocol/typedData.js";
import type { paths } from "./deeployApi.js";
import { SdkError } from "./errors.js";
import type { OpenWallet } from "./wallet.js";

/** Seconds that a signed request is good for. */
const LIFETIME_SECONDS = 120;

/** A Deeploy service, as anybody sees it. */
export class Service {
  readonly url: string;
  readonly #client: Client<paths>;

  constructor(url: string) {
    this.url = url.replace(/\/+$/u, "");
    this.#client = createClient<paths>({ baseUrl: this.url });
  }

  /** The client, whose answers `answerOf` unpacks. */
  get api(): Client<paths> {
    return this.#client;
  }

  /** The same with every request signed by a wallet. */
  signedBy({ signer, address }: OpenWallet, domain: SigningDomain): Client<paths> {
    const client = createClient<paths>({ baseUrl: this.url });
    const middleware: Middleware = {
      async onRequest({ request }) {
        const signed = await requestOf(request, address);
        const { domain: at, types, value } = deeployRequestData(domain, signed);
        const signature = await signer.signTypedData(at, types, value);
        const { account, nonce, expiresAt } = signed;
        const headers = { account, nonce, expiresAt: expiresAt.toString(), signature };
        for (const [part, text] of Object.entries(headers)) {
          request.headers.set(REQUEST_HEADERS[part as keyof typeof headers], text);
        }
        return request;
      },
    };
    client.use(middleware);
    return client;
  }

  /** The key to seal secrets to, once its account's signature has been checked. @throws SdkError `SERVICE_BROKEN` */
  async encryptionKey(domain: SigningDomain): Promise<{ readonly publicKey: string; readonly account: string }> {
    const { publicKey, account, signature } = await answerOf(this, this.#client.GET("/key"));
    if (isSignedBy(account, domain, publicKey, signature)) return { publicKey, account: account.toLowerCase() };
    throw new SdkError("SERVICE_BROKEN", `${this.url}: the encryption key is not signed by the service's account`);
  }
}

interface Outcome<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What a service answered. @throws SdkError with the service's own code, or `SERVICE_UNREACHABLE` */
export async function answerOf<T>({ url }: Service, call: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await call;
  } catch (cause) {
    // What the wallet says is not about the service.
    if (cause instanceof TypeError) {
      throw new SdkError("SERVICE_UNREACHABLE", `${url} does not answer: ${cause.message}`, { cause });
    }
    throw cause;
  }
  const { data, error, response } = outcome;
  if (response.ok && data !== undefined) return data;
  throw refusalOf(url, error, response.status);
}

/** The error of an answer that is none. */
export function refusalOf(url: string, body: unknown, status: number): SdkError {
  if (typeof body === "object" && body !== null && "code" in body && "message" in body) {
    return new SdkError(String(body.code), String(body.message), { status });
  }
  return new SdkError("SERVICE_BROKEN", `${url} answers with status ${status} and nothing that makes sense`, {
    status,
  });
}

/** Whether another service may answer where this one did not. */
export function isServiceFailure(error: unknown): boolean {
  if (!(error instanceof SdkError)) return false;
  return error.code === "SERVICE_UNREACHABLE" || error.code === "SERVICE_BROKEN" || (error.status ?? 0) >= 500;
}

async function requestOf(request: Request, account: string): Promise<DeeployRequest> {
  const { pathname, search } = new URL(request.url);
  const body = new Uint8Array(await request.clone().arrayBuffer());
  return {
    account,
    method: request.method,
    path: pathname + search,
    bodyHash: requestBodyHash(body),
    nonce: hexlify(randomBytes(32)),
    expiresAt: Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS,
  };
}

function isSignedBy(account: string, domain: SigningDomain, publicKey: string, signature: string): boolean {
  try {
    const { domain: at, types } = encryptionKeyData(domain, new Uint8Array());
    return verifyTypedData(at, types, { publicKey }, signature).toLowerCase() === account.toLowerCase();
  } catch {
    return false;
  }
}
