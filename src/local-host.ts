import type { EngineAddress } from "./docker/engine-address.ts";
import type { Surroundings } from "./docker/own-container.ts";
import { type HostSource, osReleaseName } from "./installation/host.ts";

const MOUNTED_OS_RELEASE = "/host/etc/os-release";

/**
 * What can be known of the host from inside a container: its distribution only from a file that the admin mounted
 * (our own /etc/os-release is the image's), kernel and platform always; nothing when the engine is on another host.
 */
export async function localHostSources(
  address: EngineAddress,
  { readText }: Surroundings,
  kernelWanted: boolean,
): Promise<HostSource[]> {
  if (!("socketPath" in address)) return [];
  const mounted = readText(MOUNTED_OS_RELEASE);
  const fromFile: HostSource = [
    "os-release of the host",
    MOUNTED_OS_RELEASE,
    { operatingSystem: mounted && osReleaseName(mounted) },
  ];
  if (!kernelWanted) return [fromFile];
  // It starts a shell and looks up the host's own name: only where nobody else tells.
  const { default: system } = await import("systeminformation");
  const { kernel, arch } = await system.osInfo();
  return [fromFile, ["this host", "systeminformation", { kernelVersion: kernel, architecture: arch }]];
}
