import { fromHex } from "../../codec/hex.ts";
import { hpkeOpen, hpkeReceiveExport, hpkeSeal, hpkeSendExport } from "../hpke.ts";
import { bytes, flipped, holds, type ProviderCase, same, suiteCases } from "./provider-case.ts";
import { allSuites } from "./reference.ts";

const text = (value: string): Uint8Array => Uint8Array.from(value, (character) => character.charCodeAt(0));

// RFC 9180, appendix A: the same message in every suite.
const info = text("Ode on a Grecian Urn");
const plaintext = text("Beauty is truth, truth beauty");
const associatedData = text("Count-0");
const exporterContext = text("TestContext");

// Appendix A.1.1, A.3.1, A.2.1 and A.6.1, sequence number 0.
const facts = [
  {
    id: 1,
    ikmE: "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
    ikmR: "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
    pkRm: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    skRm: "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    ct: "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
    exported: "e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931",
  },
  {
    id: 2,
    ikmE: "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e",
    ikmR: "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550",
    pkRm:
      "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82" +
      "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
    skRm: "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
    enc:
      "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9" +
      "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
    ct: "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
    exported: "d8f1ea7942adbba7412c6d431c62d01371ea476b823eb697e1f6e6cae1dab85a",
  },
  {
    id: 3,
    ikmE: "909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b",
    ikmR: "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df",
    pkRm: "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
    skRm: "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
    enc: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
    ct: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
    exported: "5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53",
  },
  {
    id: 5,
    ikmE:
      "7f06ab8215105fc46aceeb2e3dc5028b44364f960426eb0d8e4026c2f8b5d7e7a9" +
      "86688f1591abf5ab753c357a5d6f0440414b4ed4ede71317772ac98d9239f70904",
    ikmR:
      "2ad954bbe39b7122529f7dde780bff626cd97f850d0784a432784e69d86eccaade" +
      "43b6c10a8ffdb94bf943c6da479db137914ec835a7e715e36e45e29b587bab3bf1",
    pkRm:
      "0401b45498c1714e2dce167d3caf162e45e0642afc7ed435df7902ccae0e84ba0f7d373f646b7738bbbdca11ed91bdeae3cdcba3301f2457" +
      "be452f271fa6837580e661012af49583a62e48d44bed350c7118c0d8dc861c238c72a2bda17f64704f464b57338e7f40b60959480c0e58e6" +
      "559b190d81663ed816e523b6b6a418f66d2451ec64",
    skRm:
      "01462680369ae375e4b3791070a7458ed527842f6a98a79ff5e0d4cbde83c27196" +
      "a3916956655523a6a2556a7af62c5cadabe2ef9da3760bb21e005202f7b2462847",
    enc:
      "040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab8900aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5c" +
      "ee6bae0cf1c21f2731ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de12051f1ed0692237fb02b2f8d1dc1c73e9b3" +
      "66b529eb436e98a996ee522aef863dd5739d2f29b0",
    ct: "170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b2b200aafcc6d80ea4c795a7c5b841a",
    exported: "f389beaac6fcf6c0d9376e20f97e364f0609a88f1bc76d7328e9104df8477013",
  },
];

/** HPKE in base mode over what the provider brings. */
export const hpkeCases: readonly ProviderCase[] = [
  ...facts.flatMap((fact) =>
    suiteCases([fact.id], "HPKE gives the values of RFC 9180, appendix A", (suite) => {
      const pair = suite.kem.deriveKeyPair(fromHex(fact.ikmR));
      same(pair.publicKey, fact.pkRm, "pkRm");
      same(pair.privateKey, fact.skRm, "skRm");
      const seed = fromHex(fact.ikmE);
      const sealed = hpkeSeal(suite, pair.publicKey, info, associatedData, plaintext, seed);
      same(sealed?.kemOutput, fact.enc, "enc");
      same(sealed?.ciphertext, fact.ct, "ct");
      same(seed, fact.ikmE, "the seed is left as it was");
      const received = { kemOutput: fromHex(fact.enc), ciphertext: fromHex(fact.ct) };
      same(hpkeOpen(suite, pair, info, associatedData, received), plaintext, "pt");
      const sent = hpkeSendExport(suite, pair.publicKey, info, exporterContext, 32, seed);
      same(sent?.kemOutput, fact.enc, "enc of the export");
      same(sent?.secret, fact.exported, "exported_value, sent");
      const secret = hpkeReceiveExport(suite, pair, info, exporterContext, 32, received.kemOutput);
      same(secret, fact.exported, "exported_value, received");
    }),
  ),
  ...suiteCases(allSuites, "HPKE opens nothing that was changed or meant for others", (suite) => {
    const pair = suite.kem.deriveKeyPair(bytes(suite.kem.seedSize));
    const other = suite.kem.deriveKeyPair(bytes(suite.kem.seedSize, 2));
    const sealed = hpkeSeal(
      suite,
      pair.publicKey,
      info,
      associatedData,
      plaintext,
      bytes(suite.kem.seedSize, 3),
    );
    if (sealed === undefined) throw new Error("cannot seal");
    const { kemOutput, ciphertext } = sealed;
    same(hpkeOpen(suite, other, info, associatedData, sealed), undefined, "another key pair");
    same(hpkeOpen(suite, pair, associatedData, associatedData, sealed), undefined, "another info");
    same(hpkeOpen(suite, pair, info, info, sealed), undefined, "other associated data");
    const bits = 8 * kemOutput.length;
    for (let bit = 0; bit < bits; bit += bits > 2000 ? 397 : 29) {
      // X25519 ignores the last bit of a point, yet the key schedule covers it.
      const changed = { kemOutput: flipped(kemOutput, bit), ciphertext };
      same(hpkeOpen(suite, pair, info, associatedData, changed), undefined, `bit ${bit} of the key`);
    }
    const lastBit = { kemOutput: flipped(kemOutput, 8 * kemOutput.length - 1), ciphertext };
    same(hpkeOpen(suite, pair, info, associatedData, lastBit), undefined, "last bit of the key");
    for (let length = 0; length < kemOutput.length; length += kemOutput.length > 200 ? 64 : 8) {
      const cut = { kemOutput: kemOutput.subarray(0, length), ciphertext };
      same(hpkeOpen(suite, pair, info, associatedData, cut), undefined, `key of ${length} bytes`);
    }
    for (const length of [0, 1, 15, 16, 17, ciphertext.length - 1]) {
      const cut = { kemOutput, ciphertext: ciphertext.subarray(0, length) };
      same(hpkeOpen(suite, pair, info, associatedData, cut), undefined, `ciphertext of ${length} bytes`);
    }
    holds(hpkeOpen(suite, pair, info, associatedData, sealed) !== undefined, "the original opens");
  }),
];
