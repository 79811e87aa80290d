/** The SDK, a Deeploy service over HTTP, and the real contracts. */
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { createSession, type Progress, SdkError } from "../../../sdk/index.js";
import { answerOf, Service } from "../../../sdk/service.js";
import { openWallet } from "../../../sdk/wallet.js";
import { type DeeployChainWorld, openWorld } from "./world.js";

const container = { name: "web", image: "busybox:1.36", class: "micro", nodes: 1, epochs: 30 } as const;
const quickly = { pollMs: 50 };

describe("the SDK and a Deeploy service", () => {
  let world: DeeployChainWorld;

  beforeEach(async () => {
    world = await openWorld();
  });

  afterEach(() => world.close());

  const session = (options: { account?: 0 | 1; endpoints?: string[] } = {}) => {
    const { account = 0, endpoints = [world.url] } = options;
    return createSession({ wallet: world.jobs.developers[account], endpoints });
  };
  const jobOf = (jobId: bigint) => world.jobs.protocol.escrow.jobOf(jobId);
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => "nothing was raised",
      (error: unknown) => (error instanceof SdkError ? error.code : String(error)),
    );

  it("do what the README says", async () => {
    const readme = await readFile(new URL("../../../sdk/README.md", import.meta.url), "utf8");
    const [, block] = /```js\n(.*?)```/su.exec(readme) ?? [];
    const [line, ...code] = block!.split("\n");
    expect(line).to.equal('import { createSession } from "r1-protocol/sdk";');
    const sdk = (await import("r1-protocol/sdk")) as { createSession: typeof createSession };
    const printed: string[] = [];
    const console = {
      log: (text: string) => {
        printed.push(text);
        // The oracles' part, as soon as the job is there.
        if (text === "created") void world.assign(1n, [1, 2]);
      },
    };
    const parameters = {
      createSession: sdk.createSession,
      wallet: world.jobs.developers[0],
      endpoints: [world.url],
      console,
    };
    type Compiler = new (...text: string[]) => (...values: unknown[]) => Promise<void>;
    const AsyncFunction = (async () => undefined).constructor as unknown as Compiler;
    const example = new AsyncFunction(...Object.keys(parameters), code.join("\n"));
    await example(...Object.values(parameters));

    expect(printed.slice(0, 5)).to.deep.equal(["stored", "sent", "created", "assigned", "running"]);
    expect(printed.slice(5, 7).sort()).to.deep.equal(["ND 1 says hello", "ND 2 says hello"]);
    expect(printed[7]).to.match(/^job 1 answers at http:\S+\/jobs\/1\/ and http:\S+\/jobs\/1\/$/u);
    const { secrets, spec } = world.nodes[0]!;
    expect(secrets).to.deep.equal({ GREETING: "good morning" });
    expect(spec).to.deep.include({ name: "hello", ingress: { container: "hello", port: 8080, probePath: "/" } });
    // Closed: it ends with the epoch after the running one.
    expect((await jobOf(1n)).epochs).to.equal(1n);
  });

  it("create with one transaction, and change a job by wallet", async () => {
    const opened = await session();
    const app = opened.createContainerApp(container);
    const steps: Progress[] = [];
    const { jobId, specHash } = await app.deploy({
      ...quickly,
      until: "created",
      onProgress: (step) => steps.push(step),
    });
    expect(steps.filter(({ step }) => step === "sent")).to.have.length(1);
    const job = await jobOf(jobId);
    expect([job.owner.toLowerCase(), job.specHash, job.nodes, job.epochs]).to.deep.equal([
      opened.account,
      specHash,
      1n,
      30n,
    ]);
    await app.scale(3);
    await app.extend(5);
    const updated = await app.update({ ...container, image: "busybox:2" });
    const changed = await jobOf(jobId);
    expect([changed.nodes, changed.epochs, changed.specHash]).to.deep.equal([3n, 35n, updated]);
    await app.scale(2);
    await app.close();
    expect((await jobOf(jobId)).balance).to.equal(0n);
    expect(await codeOf(app.extend(1))).to.equal("TRANSACTION_FAILED");
  });

  it("report what goes wrong with a code", async () => {
    const opened = await session();
    expect(await codeOf(opened.createContainerApp({ ...container, class: "HUGE" }).deploy())).to.equal("CLASS_UNKNOWN");
    expect(await codeOf(opened.createContainerApp({ ...container, name: "No!" }).deploy())).to.equal("SPEC_INVALID");
    expect(await codeOf(opened.createContainerApp({ ...container, maxDeposit: 1n }).deploy())).to.equal(
      "ABOVE_MAXIMUM",
    );
    expect(
      await codeOf(opened.createContainerApp({ ...container, nodes: 64, epochs: 3_650, class: "ULTRA2" }).deploy()),
    ).to.equal("INSUFFICIENT_BALANCE");
    expect(await codeOf(opened.createContainerApp(container).close())).to.equal("NOT_DEPLOYED");
    expect(await codeOf(opened.app(99).status())).to.equal("JOB_UNKNOWN");
    expect(await codeOf(session({ endpoints: ["http://127.0.0.1:1"] }))).to.equal("SERVICE_UNREACHABLE");
    const { domain, url, jobs } = world;
    const pinned = { wallet: jobs.developers[0], endpoints: [url], escrow: jobs.protocol.r1.target as string };
    expect(await codeOf(createSession(pinned))).to.equal("NETWORK_MISMATCH");
    expect((await createSession({ ...pinned, escrow: domain.verifyingContract })).account).to.be.a("string");
  });

  it("go on with the services that are there", async () => {
    const opened = await session({ endpoints: ["http://127.0.0.1:1", world.url] });
    const steps: Progress[] = [];
    await opened
      .createContainerApp(container)
      .deploy({ ...quickly, until: "created", onProgress: (step) => steps.push(step) });
    expect(steps[0]).to.include({ step: "stored", services: 1 });
  });

  it("relay restarts to nodes for the owner, and for nobody else", async () => {
    const app = (await session()).createContainerApp(container);
    const { jobId } = await app.deploy({ until: "created", ...quickly });
    await world.assign(jobId, [3]);
    await app.waitUntil("running", quickly);
    const [outcome] = await app.restart({ container: "web" });
    expect(outcome).to.include({ tokenId: 3 }).and.not.have.property("error");
    expect(world.nodes[0]!.commands).to.deep.equal([`POST /jobs/${jobId}/restart`]);
    const other = (await session({ account: 1 })).app(jobId);
    expect(await codeOf(other.restart())).to.equal("NOT_ALLOWED");
    expect(await codeOf(other.logs().next())).to.equal("NOT_ALLOWED");
  });

  it("tell of events as they happen", async () => {
    const opened = await session();
    const { jobId } = await opened.createContainerApp(container).deploy({ until: "created", ...quickly });
    const app = opened.app(jobId);
    const seen: string[] = [];
    let assigning: Promise<void> | undefined;
    for await (const { type, data } of app.events()) {
      seen.push(type);
      assigning ??= world.assign(jobId, [4]);
      const { seats = [] } = data as { seats?: { tokenId: number }[] };
      if (seats[0]?.tokenId === 4) break;
    }
    await assigning;
    expect(seen).to.deep.equal(["Job", "NodesAssigned", "Job"]);
  });

  it("let the service send what an owner made it a delegate for, while that lasts", async () => {
    const { escrow } = world.jobs.protocol;
    const [developer] = world.jobs.developers;
    const opened = await session();
    const app = opened.createContainerApp(container);
    const { jobId } = await app.deploy({ until: "created", ...quickly });
    await app.scale(3);
    await eventually(async () => (await app.status()).nodes === 3);
    const service = new Service(world.url);
    const signed = service.signedBy(await openWallet(developer, undefined), world.domain);
    const params = { path: { jobId: jobId.toString() } };
    const scale = (nodes: number) => answerOf(service, signed.POST("/jobs/{jobId}/scale", { params, body: { nodes } }));

    expect((await scale(2)).transactions).to.have.length(1);
    await escrow.connect(developer).offerDelegation(world.account, 2);
    await answerOf(service, signed.POST("/delegation", { body: { rights: 2 } }));
    const { transactions, txHash } = await scale(2);
    expect([transactions, txHash?.length]).to.deep.equal([[], 66]);
    expect((await jobOf(jobId)).nodes).to.equal(2n);
    // What costs R1 stays with the wallet, and what the delegate has no right to as well.
    expect((await scale(4)).transactions).to.have.length(2);
    const close = await answerOf(service, signed.DELETE("/jobs/{jobId}", { params }));
    expect(close.transactions).to.have.length(1);
    await escrow.connect(developer).offerDelegation(world.account, 0);
    await eventually(async () => (await app.status()).nodes === 2);
    expect((await scale(1)).transactions).to.have.length(1);
  });

  async function eventually(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await world.clock.sleep(20);
  }
});
