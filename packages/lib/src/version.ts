/** Of the whole project; every package.json says the same. */
export const version = "0.1.0";
