/**
 * Stands in the bundle for packages that dockerode imports and that a reader of the Engine API never calls:
 * ssh2 (DOCKER_HOST=ssh://, which is refused with a message) and gRPC with protobuf (image builds).
 */
export {};
