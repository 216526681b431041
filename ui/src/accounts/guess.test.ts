import { expect, test } from "vitest";
import { domainOf, guessServers } from "./guess";

test.each([
  ["a@exmail.qq.com", "imap.exmail.qq.com", "smtp.exmail.qq.com:465 implicit", "app-password"],
  ["a@gmail.com", "imap.gmail.com", "smtp.gmail.com:465 implicit", "app-password"],
  ["a@icloud.com", "imap.mail.me.com", "smtp.mail.me.com:587 starttls", "app-password"],
  ["a@contoso.onmicrosoft.com", "outlook.office365.com", "smtp.office365.com:587 starttls", "oauth"],
  ["a@Example.TEST", "imap.example.test", "smtp.example.test:465 implicit", "password"],
  ["a@邮局.example", "imap.邮局.example", "smtp.邮局.example:465 implicit", "password"],
])("%s", (email, imap, smtp, login) => {
  const guess = guessServers(email)!;
  expect(guess.imap).toEqual({ host: imap, port: 993, tls: "implicit" });
  expect(`${guess.smtp.host}:${guess.smtp.port} ${guess.smtp.tls}`).toBe(smtp);
  expect(guess.login).toBe(login);
});

test("half an address guesses nothing", () => {
  for (const email of ["", "a", "a@", "a@ b", "a@-", "a@b/c"]) expect(domainOf(email), email).toBeUndefined();
});
