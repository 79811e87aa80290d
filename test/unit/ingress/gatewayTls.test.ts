import { expect } from "chai";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { codeOf, temporaryDirectory } from "../storage/temporaryDirectory.js";
import { GatewayWorld } from "./gatewayWorld.js";
import { TEST_ONLY_CERTIFICATES } from "./testOnlyCertificates.js";

describe("Gateway with TLS", () => {
  const { first, second } = TEST_ONLY_CERTIFICATES;
  let folder: ReturnType<typeof temporaryDirectory>;
  let world: GatewayWorld;
  let clock: VirtualClock;

  const file = (name: string): string => join(folder.path, name);
  const tls = () => ({ keyFile: file("key.pem"), certificateFile: file("certificate.pem") });

  async function put({ key, cert }: { readonly key: string; readonly cert: string }): Promise<void> {
    await writeFile(file("key.pem"), key);
    await writeFile(file("certificate.pem"), cert);
  }

  beforeEach(async () => {
    folder = temporaryDirectory();
    world = new GatewayWorld();
    clock = new VirtualClock();
    await put(first);
  });

  afterEach(async () => {
    await world.stop();
    folder.remove();
  });

  async function handshake(options: object = {}): Promise<TLSSocket> {
    const socket = connect({ port: world.port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    await once(socket, "secureConnect");
    return socket;
  }

  async function nameServed(): Promise<string> {
    const socket = await handshake();
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  it("speaks HTTPS that a client can check, and says so to the job", async () => {
    await world.start({ tls: tls() }, { clock });
    const target = await world.container(({ headers }, response) => response.end(headers["x-forwarded-proto"]));
    await world.gateway.setRoute(7n, { name: "x", target });
    expect(world.gateway.url).to.match(/^https:/);
    const body = await new Promise<string>((resolve, reject) => {
      const options = { port: world.port, host: "localhost", path: "/jobs/7/", ca: first.cert, agent: false } as const;
      request(options, (answer) => answer.on("data", (chunk: Buffer) => resolve(chunk.toString())))
        .on("error", reject)
        .end();
    });
    expect(body).to.equal("https");
  });

  it("speaks nothing older than TLS 1.2", async () => {
    await world.start({ tls: tls() }, { clock });
    const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    expect(await codeOf(handshake(old)))
      .to.be.a("string")
      .and.not.equal("no error");
  });

  it("takes a renewed certificate into use, and keeps the old one when the new one is broken", async () => {
    const { logger, entries } = memoryLogger(clock);
    await world.start({ tls: tls(), certificateMs: 1_000 }, { clock, logger });
    const told = async (text: string): Promise<void> => {
      // Files are read outside the clock's time.
      while (!entries.some(({ msg }) => msg.includes(text))) {
        await clock.advance(1_000);
        await new Promise(setImmediate);
      }
    };
    expect(await nameServed()).to.equal("first.gateway.test");
    await put(second);
    await told("new certificate");
    expect(await nameServed()).to.equal("second.gateway.test");
    await put({ key: first.key, cert: second.cert });
    await told("keeps its old certificate");
    expect(await nameServed()).to.equal("second.gateway.test");
  });

  it("does not start with files that are no certificate", async () => {
    await put({ key: first.key, cert: second.cert });
    expect(await codeOf(world.start({ tls: tls() }, { clock }))).to.equal("CERTIFICATE_INVALID");
    expect(await codeOf(world.start({ tls: { ...tls(), keyFile: "/nowhere" } }, { clock }))).to.equal(
      "CERTIFICATE_INVALID",
    );
  });
});
