// Only the ASN.1 part of node-forge is loaded: the whole library takes 30 ms to start, this 5 ms. The published types
// know the whole alone, and not the options object of fromDer.
declare module "node-forge/lib/asn1.js" {
  interface ForgeNode {
    tagClass: number;
    type: number;
    constructed: boolean;
    value: string | ForgeNode[];
  }
  const asn1: {
    create(tagClass: number, type: number, constructed: boolean, value: string | ForgeNode[]): ForgeNode;
    fromDer(
      bytes: string,
      options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean },
    ): ForgeNode;
    toDer(node: ForgeNode): { getBytes(): string };
    oidToDer(oid: string): { getBytes(): string };
    derToOid(bytes: string): string;
  };
  export default asn1;
}
