/** Text that may hold anything. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export interface TextStyle {
  readonly size?: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly weight?: number;
  /** Class `ink` is the darkest, `soft` lighter. */
  readonly tone?: "ink" | "soft";
}

export const svgText = (x: number, y: number, text: string, style: TextStyle = {}): string => {
  const { size = 12, anchor = "start", weight = 400, tone = "ink" } = style;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${tone}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
};

/** A picture that is readable on light and dark pages alike. */
export const svgDocument = (
  width: number,
  height: number,
  title: string,
  parts: readonly string[],
): string => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">
<title>${escapeXml(title)}</title>
<style>
.page{fill:#fff}.ink{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#d1d9e0;stroke-width:1}.other{fill:#afb8c1}.own{fill:#0969da}.second{fill:#54aeff}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.ink{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#3d444d}.other{fill:#656c76}.own{fill:#4493f8}.second{fill:#1f6feb}}
</style>
<rect class="page" width="${width}" height="${height}" rx="6"/>
${parts.join("\n")}
</svg>
`;
