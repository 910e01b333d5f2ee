// Imported before Ink, which looks at the environment once.
process.env.FORCE_COLOR = "1";
process.env.TZ = "UTC";
