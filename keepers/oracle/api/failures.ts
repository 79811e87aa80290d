export { installFailureHandlers } from "../../core/http/failures.js";
