import { expect } from "chai";

import { type EmbeddedChain, startChain } from "../../scripts/network/chain.js";

/**
 * Found by the soak: a development chain that took long to start had its clock behind by that time for as long as it lived, so that nodes
 * were associated "before" they were, and got less.
 */
describe("finding: the embedded chain's clock", function () {
  this.timeout(60_000);

  let chain: EmbeddedChain;

  afterEach(() => chain.close());

  it("is not behind the machine's clock when it starts", async () => {
    const asked = Date.now();
    chain = await startChain();
    const block: unknown = await chain.connection.provider.request({
      method: "eth_getBlockByNumber",
      params: ["latest", false],
    });
    const { timestamp } = block as { timestamp: string };
    expect(Number(timestamp) * 1_000).to.be.at.least(asked);
  });
});
