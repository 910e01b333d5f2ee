// Imported before Ink, which looks at the environment once: frames are compared as text, in UTC.
process.env.FORCE_COLOR = "0";
process.env.TZ = "UTC";
