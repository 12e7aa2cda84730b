#include "../CArrowTable/include/carrow.h"

#include <fcntl.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <arrow/c/bridge.h>
#include <arrow/config.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

struct ca_file {
  std::unique_ptr<parquet::arrow::FileReader> reader;

  const parquet::FileMetaData &metadata() const { return *reader->parquet_reader()->metadata(); }
};

struct ca_stream_reader {
  std::unique_ptr<arrow::RecordBatchReader> batches;
};

struct ca_writer {
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<arrow::io::FileOutputStream> stream;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

namespace {

thread_local std::string last_error;

template <class Body>
int guarded(Body &&body) {
  try {
    const arrow::Status status = body();
    if (status.ok()) return 0;
    last_error = status.message();
  } catch (const std::exception &error) {
    last_error = error.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return -1;
}

// Column names hold dots, so the root of each leaf is compared, never a dotted path.
arrow::Result<std::vector<int>> leaves(const parquet::SchemaDescriptor &schema,
                                       const char *const *columns, int count) {
  std::vector<int> indices;
  for (int leaf = 0; count < 0 && leaf < schema.num_columns(); leaf++) indices.push_back(leaf);
  for (int column = 0; column < count; column++) {
    const size_t before = indices.size();
    for (int leaf = 0; leaf < schema.num_columns(); leaf++)
      if (schema.GetColumnRoot(leaf)->name() == columns[column]) indices.push_back(leaf);
    if (indices.size() == before) return arrow::Status::KeyError("no column ", columns[column]);
  }
  return indices;
}

parquet::Compression::type codec(const std::string &name) {
  if (name == "zstd") return parquet::Compression::ZSTD;
  if (name == "gzip") return parquet::Compression::GZIP;
  if (name == "none") return parquet::Compression::UNCOMPRESSED;
  return parquet::Compression::SNAPPY;
}

}  // namespace

extern "C" {

const char *ca_last_error(void) { return last_error.c_str(); }
const char *ca_version() { return arrow::GetBuildInfo().version_string.c_str(); }

int ca_open(const char *path, int is_streamed, ca_file **out) {
  return guarded([&]() -> arrow::Status {
    // Read, not mapped: a file that shrinks meanwhile is then an error, not a SIGBUS.
    ARROW_ASSIGN_OR_RAISE(auto input, arrow::io::ReadableFile::Open(path));
    // Programs that this process starts do not inherit it.
    fcntl(input->file_descriptor(), F_SETFD, FD_CLOEXEC);
    parquet::arrow::FileReaderBuilder builder;
    parquet::ReaderProperties reading(arrow::default_memory_pool());
    if (is_streamed) {
      reading.enable_buffered_stream();
      reading.set_buffer_size(1 << 20);
    }
    ARROW_RETURN_NOT_OK(builder.Open(input, reading));
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_pre_buffer(false);
    builder.properties(properties)->memory_pool(arrow::default_memory_pool());
    auto file = std::make_unique<ca_file>();
    ARROW_RETURN_NOT_OK(builder.Build(&file->reader));
    *out = file.release();
    return arrow::Status::OK();
  });
}

void ca_close(ca_file *file) { delete file; }

int64_t ca_row_count(const ca_file *file) { return file->metadata().num_rows(); }

int ca_row_group_count(const ca_file *file) { return file->reader->num_row_groups(); }

int64_t ca_row_group_row_count(const ca_file *file, int group) {
  return file->metadata().RowGroup(group)->num_rows();
}

int ca_schema(ca_file *file, struct ArrowSchema *out) {
  return guarded([&]() -> arrow::Status {
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(file->reader->GetSchema(&schema));
    return arrow::ExportSchema(*schema, out);
  });
}

int ca_read(ca_file *file, const char *const *columns, int count, int begin, int end,
            struct ArrowArray *out, struct ArrowSchema *schema) {
  return guarded([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto indices, leaves(*file->metadata().schema(), columns, count));
    std::vector<int> groups;
    for (int group = begin; group < end; group++) groups.push_back(group);
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Table> table,
                          file->reader->ReadRowGroups(groups, indices));
    ARROW_ASSIGN_OR_RAISE(auto batch, table->CombineChunksToBatch());
    // Offsets and dictionary indices are followed without a look at where they lead.
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    return arrow::ExportRecordBatch(*batch, out, schema);
  });
}

int ca_stream(ca_file *file, const char *const *columns, int count, int64_t rows,
              ca_stream_reader **out) {
  return guarded([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto indices, leaves(*file->metadata().schema(), columns, count));
    std::vector<int> groups;
    for (int group = 0; group < file->reader->num_row_groups(); group++) groups.push_back(group);
    auto stream = std::make_unique<ca_stream_reader>();
    file->reader->set_batch_size(rows);
    ARROW_ASSIGN_OR_RAISE(stream->batches, file->reader->GetRecordBatchReader(groups, indices));
    *out = stream.release();
    return arrow::Status::OK();
  });
}

int ca_next(ca_stream_reader *stream, struct ArrowArray *out, struct ArrowSchema *schema,
            int *is_over) {
  return guarded([&]() -> arrow::Status {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(stream->batches->ReadNext(&batch));
    *is_over = batch == nullptr;
    if (!batch) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    return arrow::ExportRecordBatch(*batch, out, schema);
  });
}

void ca_end(ca_stream_reader *stream) { delete stream; }

int ca_create(const char *path, struct ArrowSchema *schema, const char *compression,
              ca_writer **out) {
  return guarded([&]() -> arrow::Status {
    auto writer = std::make_unique<ca_writer>();
    ARROW_ASSIGN_OR_RAISE(writer->schema, arrow::ImportSchema(schema));
    ARROW_ASSIGN_OR_RAISE(writer->stream, arrow::io::FileOutputStream::Open(path));
    auto properties = parquet::WriterProperties::Builder().compression(codec(compression))->build();
    // Without the stored schema a fixed-size list would be read back as a plain list.
    auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    ARROW_ASSIGN_OR_RAISE(
        writer->writer,
        parquet::arrow::FileWriter::Open(*writer->schema, arrow::default_memory_pool(),
                                         writer->stream, properties, arrow_properties));
    *out = writer.release();
    return arrow::Status::OK();
  });
}

int ca_write(ca_writer *writer, struct ArrowArray *batch) {
  return guarded([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto rows, arrow::ImportRecordBatch(batch, writer->schema));
    ARROW_RETURN_NOT_OK(rows->ValidateFull());
    ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches({rows}));
    return writer->writer->WriteTable(*table, std::max<int64_t>(table->num_rows(), 1));
  });
}

int ca_finish(ca_writer *writer) {
  const std::unique_ptr<ca_writer> owned(writer);
  return guarded([&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(owned->writer->Close());
    return owned->stream->Close();
  });
}

}  // extern "C"
