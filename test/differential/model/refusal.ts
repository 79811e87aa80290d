/** What a model throws where the contract has to revert. `reason` is the name of the contract's error. */
export class Refused extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

export function refuseIf(condition: boolean, reason: string): void {
  if (condition) throw new Refused(reason);
}
