import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { placeOf } from "../lib/places.js";

interface PlaceArguments extends GovernorArguments {
  readonly what: string;
}

export default action<PlaceArguments>(async (args, session) => {
  const { what } = args;
  const { contracts } = await session.protocol();
  return govern(args, session, {
    label: `pausing ${what}`,
    transaction: await placeOf(contracts, what).pause.populateTransaction(),
    done: () => ({ json: { what }, lines: [`Paused: ${what}.`] }),
  });
});
