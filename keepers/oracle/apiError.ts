export { ApiError } from "../core/http/apiError.js";
