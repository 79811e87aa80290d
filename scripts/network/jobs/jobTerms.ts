import type { ProtocolContracts } from "../../../keepers/chain/contracts.js";

/** What the story's job asks for. */
export const JOB = { className: "MICRO", classId: 1, nodes: 2, epochs: 2 } as const;

/** Wei of R1 that it costs. */
export async function depositOf({ resourceCatalog }: ProtocolContracts): Promise<bigint> {
  return (await resourceCatalog.rateOf(JOB.classId, 0)) * BigInt(JOB.nodes) * BigInt(JOB.epochs);
}
