import { expect } from "chai";
import type { PullOptions } from "../../keepers/containers/engine.js";
import { Secret } from "../../keepers/core/secret.js";
import { startRegistry, type RegistryService } from "../helpers/services/dockerRegistry.js";
import { codeOf } from "../unit/containers/engineHelpers.js";
import { openFixture, type DockerFixture } from "./fixture.js";

const IMAGE = "team/app:1";
const CLOSED = "127.0.0.1:5999/team/app:1";

describe("pulling from a registry", () => {
  let fixture: DockerFixture;
  let registry: RegistryService;
  let image: string;

  const options = (password: string, policy: PullOptions["policy"] = "missing"): PullOptions => ({
    policy,
    auth: { server: registry.server, username: registry.username, password: new Secret(password) },
    signal: new AbortController().signal,
  });

  before(async () => {
    fixture = await openFixture({ pullAttempts: 2, pullBackoff: { baseMs: 1, maximumMs: 1 } });
    registry = await startRegistry(fixture.service);
    image = await registry.push(IMAGE);
  });
  after(async () => {
    await registry.stop();
    await fixture.stop();
  });

  it("is denied without a password, and with a wrong one, which nobody is told", async () => {
    const { signal } = new AbortController();
    expect(await codeOf(fixture.engine.pull(image, { policy: "missing", signal }))).to.equal("IMAGE_DENIED");
    const failure = fixture.engine.pull(image, options("a wrong password"));
    expect(await codeOf(failure)).to.equal("IMAGE_DENIED");
    expect(String(await failure.catch((error: unknown) => error))).not.to.include("wrong password");
  });

  it("tells an image that is not there from a registry that is not", async () => {
    const { engine } = fixture;
    for (const missing of ["nothing:1", "team/app:2"]) {
      const failure = engine.pull(`${registry.server}/${missing}`, options(registry.password));
      expect(await codeOf(failure), missing).to.equal("IMAGE_NOT_FOUND");
    }
    const failure = engine.pull(CLOSED, options(registry.password));
    expect(await codeOf(failure)).to.equal("REGISTRY_UNREACHABLE");
    expect(await failure.catch((error: unknown) => (error as { retriable: boolean }).retriable)).to.equal(true);
  });

  it("brings the image with the right password, and only when it is wanted", async () => {
    const { engine } = fixture;
    expect(await codeOf(engine.pull(image, options(registry.password, "never")))).to.equal("IMAGE_NOT_FOUND");
    const id = await engine.pull(image, options(registry.password));
    expect(id).to.match(/^sha256:[0-9a-f]{64}$/);
    expect(await engine.pull(image, options("a wrong password", "missing"))).to.equal(id);
    expect(await codeOf(engine.pull(image, options("a wrong password", "always")))).to.equal("IMAGE_DENIED");
    expect(await engine.pull(image, options(registry.password, "always"))).to.equal(id);
  });
});
