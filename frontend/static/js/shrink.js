// Photos from phones are larger than small plans take. A JPEG of the same picture is not.

const LONGEST_SIDES_PX = [3200, 2400, 1800];
const QUALITY = 0.85;

/** The file itself when it fits, else a smaller picture of it; null when neither can be had. */
export async function fitting(file, maxBytes) {
  if (file.size <= maxBytes) return file;
  if (!["image/jpeg", "image/png", "image/webp", "image/bmp"].includes(file.type)) return null;
  const picture = await createImageBitmap(file).catch(() => null); // Upright: EXIF is obeyed.
  if (!picture) return null;
  for (const side of LONGEST_SIDES_PX) {
    const blob = await smaller(picture, Math.min(1, side / Math.max(picture.width, picture.height)));
    if (blob && blob.size <= maxBytes) return new File([blob], jpegName(file.name), { type: blob.type });
  }
  return null;
}

function smaller(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

function jpegName(name) {
  return name.replace(/\.\w{2,5}$/, "") + ".jpg";
}
