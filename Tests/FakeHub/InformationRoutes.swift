extension Exchange {
  /// What `model_info` and `dataset_info` show.
  func information(of key: RepositoryKey, at revision: String) throws -> Response {
    let repository = try repository(key)
    let commit = try commit(repository, at: revision)
    let whole = information(of: repository, commit)
    let wanted = head.query.filter { ["expand", "expand[]"].contains($0.name) }.map(\.value)
    if wanted.isEmpty { return .json(whole) }
    var part: JSON = ["_id": .string("repo-\(key.id)"), "id": .string(key.id)]
    for name in wanted where part[name] == nil {
      part = part.with(name, name == "xetEnabled" ? false : whole[name] ?? nil)
    }
    return .json(part)
  }

  private func information(of repository: Repository, _ commit: Commit) -> JSON {
    let key = repository.key
    let files = commit.files.sorted { $0.key < $1.key }
    let siblings = files.map { sibling($0.key, $0.value) }
    let first = repository.history(of: commit).last ?? commit
    return [
      "_id": .string("repo-\(key.id)"), "id": .string(key.id), "modelId": .string(key.id),
      "author": .string(repository.owner), "sha": .string(commit.id),
      "lastModified": .string(commit.dateText), "createdAt": .string(first.dateText),
      "private": .bool(repository.isPrivate),
      "gated": repository.isGated ? "auto" : false,
      "disabled": false, "tags": [], "downloads": 0, "likes": 0,
      "usedStorage": .int(commit.files.values.reduce(0) { $0 + $1.size }),
      "siblings": .array(siblings + delivery.siblings),
    ]
  }

  private func sibling(_ path: String, _ file: StoredFile) -> JSON {
    let name: JSON = ["rfilename": .string(path)]
    guard head.isSet("blobs") else { return name }
    let entry = name.with("size", .int(file.size)).with("blobId", .string(file.blob))
    guard file.isLFS else { return entry }
    return entry.with(
      "lfs",
      [
        "sha256": .string(file.sha256), "size": .int(file.size),
        "pointerSize": .int(file.pointerSize),
      ])
  }

  /// Branches and tags.
  func references(of key: RepositoryKey) throws -> Response {
    let repository = try repository(key)
    func list(_ names: [String: String], _ folder: String) -> JSON {
      .array(
        names.sorted { $0.key < $1.key }.map { name, commit in
          [
            "name": .string(name), "ref": .string("refs/\(folder)/\(name)"),
            "targetCommit": .string(commit),
          ]
        })
    }
    let answer: JSON = [
      "branches": list(repository.branches, "heads"), "converts": [],
      "tags": list(repository.tags, "tags"),
    ]
    return .json(head.isSet("include_prs") ? answer.with("pullRequests", []) : answer)
  }

  func commits(of key: RepositoryKey, at revision: String) throws -> Response {
    let repository = try repository(key)
    let commits = repository.history(of: try commit(repository, at: revision))
    return page(of: commits) { commit in
      [
        "id": .string(commit.id), "title": .string(commit.title),
        "message": .string(commit.message), "date": .string(commit.dateText),
        "authors": [["user": .string(commit.author), "avatar": ""]],
      ]
    }
  }

  /// Whether the client may download files.
  func checkAccess(to key: RepositoryKey) throws -> Response {
    try refuseUnlessAdmitted(try repository(key))
    return .text("OK")
  }

  /// A gated repository shows its list of files to all, its files to those it has admitted.
  func refuseUnlessAdmitted(_ repository: Repository) throws {
    let account = try account()
    guard repository.isGated, account?.hasPassed(repository) != true else { return }
    throw Refusal.gated(repository.key.id, hasToken: account != nil)
  }
}
