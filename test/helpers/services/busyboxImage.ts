export { BUSYBOX_IMAGE, importBusybox } from "../../../scripts/network/containers/busyboxImage.js";
