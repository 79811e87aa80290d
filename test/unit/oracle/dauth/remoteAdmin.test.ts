import { expect } from "chai";
import { KeeperError } from "../../../../keepers/core/errors.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { ApiServer } from "../../../../keepers/oracle/api/server.js";
import type { BrokerAdmin } from "../../../../keepers/oracle/dauth/brokerAdmin.js";
import type { Credentials } from "../../../../keepers/oracle/dauth/credentials.js";
import { RemoteAdmin } from "../../../../keepers/oracle/dauth/remoteAdmin.js";
import { World } from "../api/world.js";

const credentials: Credentials = { username: "0xabc/0xdef", password: "secret-token" };

describe("RemoteAdmin and POST /dauth/broker", () => {
  const servers: ApiServer[] = [];
  const granted: Credentials[] = [];
  let refusal: Error | undefined;
  let clock: VirtualClock;

  const admin: Pick<BrokerAdmin, "grant"> = {
    grant: (asked) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      granted.push(asked);
      return Promise.resolve();
    },
  };

  beforeEach(() => {
    refusal = undefined;
    granted.length = 0;
    clock = new VirtualClock();
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(dependencies: { readonly admin?: typeof admin }): Promise<string> {
    const options = { host: "127.0.0.1", port: 0, trustProxy: false };
    const server = await ApiServer.create(options, { ...new World().dependencies, ...dependencies });
    servers.push(server);
    return server.listen();
  }

  const remote = (...urls: string[]): RemoteAdmin => new RemoteAdmin({ urls, timeoutMs: 1_000 }, { clock });

  async function failure(promise: Promise<void>): Promise<KeeperError> {
    return promise.then(
      () => expect.fail("it was granted"),
      (error: unknown) => error as KeeperError,
    );
  }

  it("has the administering oracle make the credentials known, slash or no slash", async () => {
    const url = await serve({ admin });
    await remote(url).grant(credentials);
    await remote(`${url}/`).grant(credentials);
    expect(granted).to.deep.equal([credentials, credentials]);
  });

  it("asks the next administrator when one is away", async () => {
    const one = remote("http://127.0.0.1:1", await serve({ admin }));
    await one.grant(credentials);
    expect([granted.length, one.problem]).to.deep.equal([1, undefined]);
  });

  it("says what each of them said, to be tried again, and remembers it until one agrees", async () => {
    refusal = new KeeperError("CREDENTIALS_REFUSED", "the chain is against them");
    const one = remote(await serve({ admin }), await serve({}));
    const error = await failure(one.grant(credentials));
    expect([error.code, error.retriable]).to.deep.equal(["BROKER_ADMIN_OFFLINE", true]);
    expect(error.message).to.match(/refused: the chain is against them.*404.*does not administer a broker/u);
    expect(error.message).not.to.include(credentials.password);
    expect(one.problem).to.equal(error.message);
    refusal = undefined;
    await one.grant(credentials);
    expect(one.problem).to.equal(undefined);
  });

  it("waits for no silent one longer than its time", async () => {
    const silent = (_url: string, { signal }: RequestInit): Promise<Response> =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const one = new RemoteAdmin({ urls: ["http://silent.test"], timeoutMs: 1_000 }, { clock, fetch: silent });
    const failing = failure(one.grant(credentials));
    await clock.advance(1_000);
    expect((await failing).message).to.include("silent for 1000 ms");
  });

  it("answers 503 for what may be tried again, 403 for what may not, 400 for what makes no sense", async () => {
    const url = await serve({ admin });
    const post = async (body: unknown): Promise<[number, string]> => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/dauth/broker`, { method: "POST", headers, body: JSON.stringify(body) });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    refusal = new KeeperError("BROKER_ADMIN_BUSY", "many wait already", { retriable: true });
    expect(await post(credentials)).to.deep.equal([503, "BROKER_ADMIN_BUSY"]);
    refusal = new KeeperError("CREDENTIALS_REFUSED", "no");
    expect(await post(credentials)).to.deep.equal([403, "CREDENTIALS_REFUSED"]);
    for (const body of [{}, { ...credentials, more: 1 }, { ...credentials, username: "x".repeat(129) }]) {
      expect(await post(body)).to.deep.equal([400, "BAD_REQUEST"]);
    }
  });
});
