"""From the bytes of a page to Markdown and to what is known of it."""
