import { expect } from "chai";

import { ChainAssignmentSender } from "../../../../keepers/oracle/assigning/chainAssignmentSender.js";
import type { Assignment } from "../../../../keepers/protocol/assignment.js";
import { IJobEscrow__factory } from "../../../../typechain-types/index.js";
import { ESCROW } from "./world.js";

describe("ChainAssignmentSender", () => {
  it("calls the escrow with what was signed and with each half of the signatures", async () => {
    const sent: { label: string; to: string; data: string }[] = [];
    const sender = {
      send: (label: string, { to, data }: { to: string; data: string }) => {
        sent.push({ label, to, data });
        return Promise.resolve({} as never);
      },
    };
    const assignment: Assignment = { jobId: 7n, sequence: 2, leaving: [4], joining: [5, 6], deadline: 99n };
    const signature = Uint8Array.from({ length: 64 }, (_, index) => (index < 32 ? 1 : 2));
    await new ChainAssignmentSender({ escrow: ESCROW }, { sender }).assign(assignment, [signature]);
    const [{ label, to, data } = { label: "", to: "", data: "" }] = sent;
    expect([label, to]).to.deep.equal(["assign nodes to job 7", ESCROW]);
    const args = IJobEscrow__factory.createInterface().decodeFunctionData("assign", data).toArray(true);
    expect(args).to.deep.equal([[7n, 2n, [4n], [5n, 6n], 99n], [[`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`]]]);
  });
});
