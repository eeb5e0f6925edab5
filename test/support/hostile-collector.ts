/** Everything that is known to go wrong between the sidecar and the collector, each against a real server. */
import type { Fault } from "./collector-fault.ts";
import { ANSWER_FAULTS } from "./collector-faults-answer.ts";
import { PROXY_FAULTS } from "./collector-faults-proxy.ts";
import { TLS_FAULTS } from "./collector-faults-tls.ts";
import { WIRE_FAULTS } from "./collector-faults-wire.ts";

export type { ExpectedAnswer, Fault, OpenFault } from "./collector-fault.ts";

export const FAULTS: readonly Fault[] = [...ANSWER_FAULTS, ...WIRE_FAULTS, ...TLS_FAULTS, ...PROXY_FAULTS];
