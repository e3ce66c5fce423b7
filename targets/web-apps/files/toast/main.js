export { default } from "@toast-ui/editor";
