import { type Canaries, email, hex, host, ip, password, path, type Shape, url, word } from "./canary.ts";

/** What the engine tells beside what is of use: a shape stands for a secret, and as a key for a secret key. */
export interface Template {
  readonly [key: string]:
    | Shape
    | Template
    | readonly (Shape | Template | string)[]
    | string
    | number
    | boolean
    | null;
}

const PORTS: Template = { "8000/tcp": [{ HostIp: ip, HostPort: "80" }] };
const ENDPOINT: Template = {
  IPAddress: ip,
  Gateway: ip,
  GlobalIPv6Address: word,
  MacAddress: word,
  Aliases: [word, host],
  DNSNames: [word],
  Links: [word],
  DriverOpts: { KEY: word },
  IPAMConfig: { IPv4Address: ip },
  NetworkID: hex,
  EndpointID: hex,
};
const MOUNT: Template = {
  Type: "bind",
  Name: word,
  Source: path,
  Destination: path,
  Driver: word,
  Mode: word,
};

export const SUMMARY: Template = {
  Command: (it) => `./run --password ${it}`,
  Status: (it) => `Up 5 minutes (${it})`,
  Ports: [{ IP: ip, PrivatePort: 8000, PublicPort: 80, Type: "tcp" }],
  Mounts: [MOUNT],
  HostConfig: { NetworkMode: word, Annotations: { KEY: word } },
  NetworkSettings: { Networks: { KEY: ENDPOINT } },
  ImageManifestDescriptor: { digest: (it) => `sha256:${hex(it, 0)}`, annotations: { KEY: word } },
};

export const DETAILS: Template = {
  Path: path,
  Args: ["--password", password, "--host", host],
  State: {
    Status: "running",
    Running: true,
    Error: word,
    Health: {
      Status: "healthy",
      Log: [
        { ExitCode: 0, Output: word },
        { ExitCode: 1, Output: password },
      ],
    },
  },
  ResolvConfPath: path,
  HostnamePath: path,
  HostsPath: path,
  LogPath: path,
  AppArmorProfile: word,
  ExecIDs: [hex],
  Driver: "overlay2",
  GraphDriver: { Name: "overlay2", Data: { LowerDir: path, UpperDir: path } },
  HostConfig: {
    Binds: [path],
    Dns: [ip],
    DnsSearch: [host],
    ExtraHosts: [host],
    Links: [word],
    LogConfig: { Type: "gelf", Config: { "gelf-address": url, KEY: word } },
    PortBindings: PORTS,
    SecurityOpt: [word],
    StorageOpt: { KEY: word },
    Sysctls: { KEY: word },
    VolumesFrom: [word],
  },
  Mounts: [MOUNT],
  Config: {
    Hostname: host,
    Domainname: host,
    User: word,
    Cmd: ["--password", password],
    Entrypoint: [path],
    Healthcheck: { Test: ["CMD", password] },
    WorkingDir: path,
    Volumes: { KEY: {} },
    MacAddress: word,
    OnBuild: [word],
    Shell: [path],
  },
  NetworkSettings: { SandboxID: hex, SandboxKey: path, Ports: PORTS, Networks: { KEY: ENDPOINT } },
};

export const IMAGE: Template = {
  RepoDigests: [(it) => `${it}.example.org:5000/${it}/openwisp-dashboard@sha256:${hex(it, 0)}`],
  Parent: hex,
  Comment: word,
  Author: email,
  DockerVersion: word,
  GraphDriver: { Name: "overlay2", Data: { UpperDir: path } },
  RootFS: { Type: "layers", Layers: [hex] },
  Metadata: { LastTagTime: word },
  Config: { User: word, Cmd: [password], Entrypoint: [path], WorkingDir: path },
};

export const INFO: Template = {
  ID: hex,
  Name: host,
  Labels: [(it) => `${it}=${it}`],
  DockerRootDir: path,
  HttpProxy: url,
  HttpsProxy: url,
  NoProxy: host,
  ServerVersion: word,
  IndexServerAddress: url,
  RegistryConfig: {
    InsecureRegistryCIDRs: [ip],
    Mirrors: [url],
    IndexConfigs: { KEY: { Name: host, Mirrors: [url], Secure: true } },
  },
  Swarm: {
    NodeID: word,
    NodeAddr: ip,
    LocalNodeState: "active",
    Error: word,
    RemoteManagers: [{ NodeID: word, Addr: ip }],
    Cluster: {
      ID: word,
      Spec: { Name: word, Labels: { KEY: word }, CAConfig: { ExternalCAs: [{ URL: url }] } },
    },
  },
  Plugins: { Volume: [word], Network: [word], Authorization: [word], Log: [word] },
  Runtimes: { KEY: { path } },
  DriverStatus: [{ KEY: path }],
  SecurityOptions: [word],
  Warnings: [word],
  InitBinary: path,
  ContainerdCommit: { ID: word, Expected: word },
  GenericResources: [{ KEY: word }],
  DefaultAddressPools: [{ Base: ip, Size: 24 }],
  CDISpecDirs: [path],
};

export const VERSION: Template = {
  Platform: { Name: word },
  Components: [{ Name: "Engine", Version: word, Details: { KEY: word } }],
  Version: word,
  GitCommit: word,
  BuildTime: word,
};

export const VOLUME: Template = {
  Name: word,
  Driver: word,
  Mountpoint: path,
  Options: { device: path, o: (it) => `addr=${it},password=${it}`, KEY: word },
  Status: { KEY: word },
  Labels: { KEY: word },
};

export const NETWORK: Template = {
  Name: word,
  Id: hex,
  Driver: word,
  IPAM: { Driver: word, Options: { KEY: word }, Config: [{ Subnet: ip, Gateway: ip }] },
  Containers: { KEY: { Name: word, EndpointID: hex, MacAddress: word, IPv4Address: ip } },
  Options: { KEY: word },
  Labels: { KEY: word },
};

export const EVENT: Template = {
  Type: "container",
  Action: "start",
  from: host,
  Actor: { ID: hex, Attributes: { image: host, name: word, KEY: password } },
};

export type Json = Record<string, unknown>;

/** The usual answer counts where both say something. */
export function merge(marked: Json, usual: Json): Json {
  const merged: Json = { ...marked };
  for (const [key, value] of Object.entries(usual))
    merged[key] = isObject(value) && isObject(merged[key]) ? merge(merged[key], value) : value;
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fill(canaries: Canaries, place: string, template: Template): Json {
  const one = (at: string, value: unknown): unknown => {
    if (typeof value === "function") return canaries.mark(at, value as Shape);
    if (Array.isArray(value)) return value.map((it, n) => one(`${at}[${n}]`, it));
    return isObject(value) ? fill(canaries, at, value as Template) : value;
  };
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      const at = `${place}.${key}`;
      return [key === "KEY" ? canaries.mark(`${at} as a key`) : key, one(at, value)];
    }),
  );
}
