import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  assignedString,
  installedApps,
  metadataVersion,
  publishedVersions,
  versionTuple,
} from "../../src/installation/python-files.ts";

const LITERALS: [what: string, source: string, expected: string | undefined][] = [
  ["in double quotes", '__openwisp_version__ = "25.10.4"\n', "25.10.4"],
  ["in single quotes", "__openwisp_version__='25.10.4'", "25.10.4"],
  ["further down", 'import os\n\n__openwisp_version__ = "25.10.4"  # keep\nx = 1\n', "25.10.4"],
  ["with Windows line ends", 'x = 1\r\n__openwisp_version__ = "25.10.4"\r\n', "25.10.4"],
  ["an expression", "__openwisp_version__ = read_version()\n", undefined],
  ["indented", '    __openwisp_version__ = "25.10.4"\n', undefined],
  ["commented out", '# __openwisp_version__ = "25.10.4"\n', undefined],
  ["a comparison", '__openwisp_version__ == "25.10.4"\n', undefined],
  ["another name", '__openwisp_version__2 = "25.10.4"\n', undefined],
  ["quotes that do not match", "__openwisp_version__ = \"25.10.4'\n", undefined],
  ["a string over two lines", '__openwisp_version__ = "25\n.10"\n', undefined],
  ["empty", '__openwisp_version__ = ""\n', undefined],
  ["too long", `__openwisp_version__ = "${"1".repeat(129)}"\n`, undefined],
];

describe("an assigned string", () => {
  for (const [what, source, expected] of LITERALS)
    test(what, () => assert.equal(assignedString(source, "__openwisp_version__"), expected));
});

const TUPLES: [source: string, published: string[] | undefined][] = [
  ['VERSION = (1, 2, 0, "final")', ["1.2", "1.2.0"]],
  ["VERSION = (1, 2, 3, 'final')", ["1.2.3"]],
  ['x = 1\nVERSION = (\n    1,\n    2,\n    3,\n    "final",\n)\n', ["1.2.3"]],
  ['VERSION = (1, 2, 0, "post1")', ["1.2.post1", "1.2.0.post1"]],
  ['VERSION = (1, 3, 0, "alpha")', ["1.3a0", "1.3.0a0"]],
  ['VERSION = (1, 3, 0, "beta", 2)', ["1.3b2", "1.3.0b2"]],
  ['VERSION = (1, 3, 1, "rc1")', ["1.3.1rc1"]],
  ['VERSION = (1, 3, 1, "candidate", 1)', ["1.3.1rc1"]],
  ['VERSION = (1, 3, 1, "dev")', ["1.3.1.dev0"]],
  ["VERSION = (1, 10)", ["1.10"]],
  ['VERSION = (1, 2, 0, "acme")', []],
  ["VERSION = (1,)", undefined],
  ["VERSION = ()", undefined],
  ['VERSION = (1, "x", 3)', undefined],
  ["VERSION = (1, -2, 3)", undefined],
  ["VERSION = (1, 2.5, 3)", undefined],
  ['VERSION = "1.2.3"', undefined],
  ["VERSION = get((1, 2, 3))", undefined],
  ["  VERSION = (1, 2, 3)", undefined],
  ["MY_VERSION = (1, 2, 3)", undefined],
  ["", undefined],
];

describe("a version tuple says what the package may have been published as, the likeliest first", () => {
  for (const [source, published] of TUPLES)
    test(source, () => {
      const tuple = versionTuple(source);
      assert.deepEqual(tuple && publishedVersions(tuple), published);
    });
});

const APPS: [what: string, source: string, expected: string[] | undefined][] = [
  ["one list", 'INSTALLED_APPS = [\n    "a",\n    \'b.c\',\n]\nOTHER = ["d"]\n', ["a", "b.c"]],
  ["in one line", 'INSTALLED_APPS=["a","b"]', ["a", "b"]],
  ["comments", 'INSTALLED_APPS = [  # "x" ]\n    # "y",\n    "a",  # it\'s "z" ]\n    "b",\n]', ["a", "b"]],
  ["brackets and hashes in strings", 'INSTALLED_APPS = ["a]", "#b", "c"]', ["a]", "#b", "c"]],
  ["a list that is added", 'INSTALLED_APPS = ["a"]\nINSTALLED_APPS += ["b"]\n', ["a", "b"]],
  ["an empty list", "INSTALLED_APPS = []\n", []],
  ["an unclosed list", 'INSTALLED_APPS = [\n    "a",\n', ["a"]],
  ["another list", 'MY_INSTALLED_APPS = ["a"]\nINSTALLED_APPS_EXTRA = ["b"]\n', undefined],
  ["no list", 'INSTALLED_APPS = get_apps("x")\n', undefined],
  ["nothing", "", undefined],
];

describe("INSTALLED_APPS", () => {
  for (const [what, source, expected] of APPS)
    test(what, () => assert.deepEqual(installedApps(source), expected));
});

const METADATA: [what: string, metadata: string, expected: string | undefined][] = [
  [
    "usual",
    "Metadata-Version: 2.4\nName: openwisp-controller\nVersion: 1.2.3\nSummary: x\n\nReadme",
    "1.2.3",
  ],
  ["with Windows line ends", "Name: x\r\nVersion: 1.2.3\r\n\r\nReadme", "1.2.3"],
  ["in other letters", "name: x\nversion:1.2\n", "1.2"],
  ["without a line end", "Version: 1.2", "1.2"],
  ["only in the description", "Metadata-Version: 2.4\nName: x\n\nVersion: 9.9\n", undefined],
  ["only in a continued header", "Name: x\nDescription: y\n        Version: 9.9\n", undefined],
  ["only the format's version", "Metadata-Version: 2.4\nName: x\n", undefined],
  ["the first of two", "Version: 1.2\nVersion: 1.3\n", "1.2"],
  ["of two words", "Version: 1.2 final\n", undefined],
  ["empty", "Version:\nName: x\n", undefined],
  ["no file", "", undefined],
];

describe("the Version header of METADATA", () => {
  for (const [what, metadata, expected] of METADATA)
    test(what, () => assert.equal(metadataVersion(metadata), expected));
});
