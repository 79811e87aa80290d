/** What an owner may let a delegate do with all of its jobs; the sum of these is on chain (`JobEscrow.rightsOf`). */
export const JobRight = {
  /** The first four are the contract's own. */
  EXTEND: 1,
  SCALE: 2,
  CLOSE: 4,
  SPEC: 8,
  /** Restart, stop and start containers: checked by Deeploy and by the node. */
  OPERATE: 16,
  /** Read logs: checked by Deeploy and by the node. */
  LOGS: 32,
} as const;
export type JobRight = (typeof JobRight)[keyof typeof JobRight];

/** Whether a sum of rights has one of them. */
export function hasRight(rights: number, right: JobRight): boolean {
  return (rights & right) === right;
}
