// Which folds of a form stand open goes along with it, so that its answer comes back as open as it was left.

document.addEventListener("formdata", (event) => {
  for (const fold of event.target.querySelectorAll("details[data-fold][open]")) {
    event.formData.append("open", fold.dataset.fold);
  }
});
