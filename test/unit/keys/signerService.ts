import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SigningKey as CurveKey } from "ethers";
import { bytesToHex, hexToBytes } from "../../../keepers/protocol/bytes.js";
import { keccak, SigningKey } from "../../../keepers/protocol/signing.js";

/** What a service answers to one request for a signature; undefined: nothing, ever. */
export type Answer = { readonly status?: number; readonly text: string } | undefined;

/** The two calls of Web3Signer's eth1 API, on a port or a Unix socket, with answers that a test bends. */
export class SignerService {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** Instead of the right signature. */
  answer: ((signature: string) => Answer) | undefined;
  listed: readonly string[];
  readonly #key: SigningKey;
  readonly #publicKey: string;
  readonly #server: Server;

  constructor(privateKey: string) {
    this.#key = new SigningKey(privateKey);
    this.#publicKey = `0x${new CurveKey(privateKey).publicKey.slice(4)}`;
    this.listed = [`0x${"11".repeat(64)}`, this.#publicKey];
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get address(): string {
    return this.#key.address;
  }

  /** Gives its URL. */
  async listen(path?: string): Promise<string> {
    await new Promise<void>((resolve) => {
      if (path === undefined) this.#server.listen(0, "127.0.0.1", resolve);
      else this.#server.listen(path, resolve);
    });
    return path === undefined ? `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` : `unix://${path}`;
  }

  /** Cuts the connections that wait for their next request, as a service does that was idle for long. */
  dropIdle(): void {
    this.#server.closeIdleConnections();
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    this.asked.push(path);
    const parts: Uint8Array[] = [];
    for await (const part of request as AsyncIterable<Uint8Array>) parts.push(part);
    if (path.endsWith("/publicKeys")) return void response.end(JSON.stringify(this.listed));
    if (!path.endsWith(`/api/v1/eth1/sign/${this.#publicKey}`)) return void response.writeHead(404).end();
    const { data } = JSON.parse(Buffer.concat(parts).toString()) as { data: string };
    const signature = this.#key.sign(keccak(hexToBytes(data)));
    signature[64] = (signature[64] as number) + 27;
    const answer = this.answer === undefined ? { text: bytesToHex(signature) } : this.answer(bytesToHex(signature));
    if (answer !== undefined) response.writeHead(answer.status ?? 200).end(answer.text);
  }
}
