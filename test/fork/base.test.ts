import { baseGround } from "./base.js";
import { describeFork } from "./suite.js";

const url = process.env["BASE_RPC_URL"];
const title = url === undefined ? "a stand-in for Base" : `Base at ${new URL(url).host}`;

describeFork(`A deployment on a fork of ${title}`, () => baseGround(url));
